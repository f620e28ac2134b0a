/**
 * What Athena is asked, as text. It speaks Trino's SQL with an UNLOAD of its own; nothing here rests on its texts of numbers
 * or times being ours: digests are of bytes, and the text of each key that is handed over is held against our own.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/unload.html
 * @see https://trino.io/docs/476/functions.html
 */
import type { ColumnType } from '../contracts/plan-parts.ts';
import type {
  DigestCell,
  KeyCell,
  KeyForm,
  MirrorSource,
  RowSource,
  Statement,
} from '../ports/distributed-engine.ts';

/** @param target `s3://bucket/prefix/` that is empty */
export function statementText(statement: Statement, target: string): string {
  const parted = statement.kind === 'count' || statement.kind === 'keys' ? '' : partedBy;
  return `UNLOAD (${queryOf(statement)}) TO ${literal(target)} WITH (format = 'PARQUET', compression = 'SNAPPY'${parted})`;
}

const partedBy = `, partitioned_by = ARRAY['p']`;

function queryOf(statement: Statement): string {
  switch (statement.kind) {
    case 'count':
      return statement.sources.map(countOf).join(' UNION ALL ');
    case 'keys':
      return unsettledKeys(statement);
    case 'rows':
      return handedRows(statement);
    case 'entries':
      return handedEntries(statement);
    case 'identities':
      return identities(statement);
  }
}

const countOf = (source: RowSource) =>
  `SELECT "$path" AS file, count(*) AS rows, count(${keyText(source.key)}) AS keyed FROM ${source.table} GROUP BY "$path"`;

/** Of each side the join carries its key and one number. */
function unsettledKeys({
  sources,
  mirror,
  retryFailed,
}: Extract<Statement, { kind: 'keys' }>): string {
  const rows = sources
    .map(
      (source) => `SELECT ${keyText(source.key)} AS k, ${digest(source)} AS d FROM ${source.table}`,
    )
    .join(' UNION ALL ');
  const settles = `state = 'certain'${retryFailed ? '' : ' OR parked'}`;
  return `SELECT coalesce(w.k, m.key) AS k FROM (SELECT k, d FROM (${rows}) AS r WHERE k IS NOT NULL) AS w
    FULL JOIN (SELECT key, CASE WHEN ${settles} THEN raw END AS d FROM (${entriesOf(mirror, ['key', 'state', 'parked', 'raw'])}) AS e) AS m
    ON w.k = m.key WHERE w.d IS NULL OR m.d IS NULL OR w.d <> m.d`;
}

function handedRows({ source, keys, parts }: Extract<Statement, { kind: 'rows' }>): string {
  const carried = source.carried.map((name, at) => `${identifier(name)} AS c${at}`);
  const some = keys === undefined ? '' : ` AND k IN (SELECT k FROM ${keys})`;
  const named = source.carried.map((_, at) => `c${at}`);
  return `SELECT ${['k', 'raw', ...named, `${partOfKey('k', parts)} AS p`].join(', ')}
    FROM (SELECT ${[`${keyText(source.key)} AS k`, `${digest(source)} AS raw`, ...carried].join(', ')} FROM ${source.table}) AS r
    WHERE k IS NOT NULL${some}`;
}

const entryColumns = [
  'key',
  'digest',
  'record',
  'state',
  'parked',
  'previous',
  'identity',
  'ids',
  'raw',
];

function handedEntries({ mirror, keys, parts }: Extract<Statement, { kind: 'entries' }>): string {
  const some = keys === undefined ? '' : ` WHERE key IN (SELECT k FROM ${keys})`;
  return `SELECT ${entryColumns.join(', ')}, ${partOfKey('key', parts)} AS p
    FROM (${entriesOf(mirror, entryColumns)}) AS e${some}`;
}

/** A removal without an identity is nobody else's, and is in any part. */
function identities({
  proposals,
  plans,
  settled,
  parts,
}: Extract<Statement, { kind: 'identities' }>): string {
  const part = `coalesce(${partOf('to_hex(identity)', parts)}, 0) AS p`;
  const proposed = `identity IN (SELECT identity FROM ${proposals} WHERE identity IS NOT NULL)`;
  const text = (name: string) => `CAST(NULL AS varchar) AS ${name}`;
  const number = (name: string) => `CAST(NULL AS integer) AS ${name}`;
  const planned = `SELECT false AS is_proposal, ${text('key')}, CAST(NULL AS boolean) AS is_delete, ${text('record')}, identity,
      CASE WHEN kind = 'change' THEN phase ELSE 'held' END AS phase, chunk, position, code, reason, ${part}
    FROM ${plans} WHERE ${proposed}`;
  const rest = settled
    ? ` UNION ALL SELECT false, ${text('key')}, CAST(NULL AS boolean), ${text('record')}, identity, 'held', ${number('chunk')}, ${number('position')}, ${text('code')}, ${text('reason')}, ${part}
    FROM (${entriesOf(settled.mirror, ['key', 'state', 'identity'])}) AS e
    WHERE ${proposed} AND key NOT IN (SELECT k FROM ${settled.keys})`
    : '';
  return `SELECT true AS is_proposal, key, is_delete, record, identity, ${text('phase')}, ${number('chunk')}, ${number('position')}, ${text('code')}, ${text('reason')}, ${part}
    FROM ${proposals} UNION ALL ${planned}${rest}`;
}

/** The entries that count, of these columns. */
function entriesOf({ layers }: MirrorSource, columns: readonly string[]): string {
  const select = (names: readonly string[], from: number) =>
    layers
      .slice(from)
      .map((table, at) => `SELECT ${[...names, `${at + from} AS layer`].join(', ')} FROM ${table}`)
      .join(' UNION ALL ');
  const names = columns.map((name) => `a.${name}`).join(', ');
  if (layers.length < 2) return `SELECT ${names} FROM (${select(columns, 0)}) AS a`;
  return `SELECT ${names} FROM (${select(columns, 0)}) AS a
    LEFT JOIN (SELECT key, max(layer) AS layer FROM (${select(['key'], 1)}) AS d GROUP BY key) AS n ON a.key = n.key
    WHERE coalesce(n.layer = a.layer, true) AND a.state <> 'gone'`;
}

/** The part of a key, as DuckDB reckons it too: by the first 32 bits of its MD5, which is a good hash and in every engine. */
const partOfKey = (key: string, parts: number) => partOf(`to_hex(md5(to_utf8(${key})))`, parts);

const partOf = (hex: string, parts: number) =>
  `CAST(mod(from_base(substr(${hex}, 1, 8), 16), ${parts}) AS integer)`;

/** NULL where there is none. One column's text; of several a JSON array, as DuckDB's `to_json` writes it. */
function keyText(cells: readonly KeyCell[]): string {
  const texts = cells.map(keyCell);
  const [only] = texts;
  if (only !== undefined && texts.length === 1) return `nullif(${only}, '')`;
  const whole = texts.map((text) => `${text} <> ''`).join(' AND ');
  const quoted = texts.map((text) => `'"' || ${escaped(text)} || '"'`).join(` || ',' || `);
  return `CASE WHEN ${whole} THEN '[' || ${quoted} || ']' END`;
}

function keyCell(cell: KeyCell): string {
  if ('constant' in cell) {
    return cell.constant ? `CAST(${literal(cell.constant)} AS varchar)` : 'CAST(NULL AS varchar)';
  }
  return keyForms[cell.form](identifier(cell.column));
}

const asText = (x: string) => `CAST(${x} AS varchar)`;

const keyForms: Record<KeyForm, (x: string) => string> = {
  text: (x) => x,
  whole: asText,
  boolean: asText,
  date: asText,
  /** 32 bits that Trino takes for a signed number. */
  unsigned: (x) => asText(`bitwise_and(${x}, 4294967295)`),
  decimal: (x) =>
    `CASE WHEN strpos(${asText(x)}, '.') > 0 THEN regexp_replace(${asText(x)}, '[.]?0*$', '') ELSE ${asText(x)} END`,
  uuid: (x) => {
    const hex = `lower(to_hex(${x}))`;
    return `(${[
      [1, 8],
      [9, 4],
      [13, 4],
      [17, 4],
      [21, 12],
    ]
      .map(([from, length]) => `substr(${hex}, ${from}, ${length})`)
      .join(` || '-' || `)})`;
  },
};

/** Other control characters are left: such a key is refused when it is held against ours. */
const escaped = (text: string) =>
  [
    [`'\\'`, `'\\\\'`],
    [`'"'`, `'\\"'`],
    ['chr(10)', `'\\n'`],
    ['chr(13)', `'\\r'`],
    ['chr(9)', `'\\t'`],
    ['chr(8)', `'\\b'`],
    ['chr(12)', `'\\f'`],
  ].reduce((all, [from, to]) => `replace(${all}, ${from}, ${to})`, text);

/** Each value is hashed on its own, so that none can run into the next; NULL is a byte that no other begins with. */
function digest({ seed, digested }: RowSource): string {
  const parts = [`to_utf8(${literal(seed)})`, ...digested.map(hashed)];
  return `from_big_endian_64(xxhash64(${parts.join(' || ')}))`;
}

const hashed = (cell: DigestCell) => {
  const bytes =
    'constant' in cell
      ? cell.constant === null
        ? undefined
        : `to_utf8(${literal(cell.constant)})`
      : bytesOf(identifier(cell.name), cell.type);
  return bytes
    ? `coalesce(from_hex('01') || xxhash64(${bytes}), from_hex('00'))`
    : `from_hex('00')`;
};

function bytesOf(x: string, type: ColumnType): string {
  switch (type) {
    case 'string':
      return `to_utf8(${x})`;
    case 'binary':
      return x;
    case 'double':
      return `to_ieee754_64(${x})`;
    case 'float':
      return `to_ieee754_32(${x})`;
    case 'tinyint':
    case 'smallint':
    case 'int':
    case 'bigint':
      return `to_big_endian_64(CAST(${x} AS bigint))`;
    case 'boolean':
    case 'date':
      return `to_utf8(CAST(${x} AS varchar))`;
    default:
      return type.startsWith('array')
        ? `to_utf8(json_format(CAST(${x} AS json)))`
        : `to_utf8(CAST(${x} AS varchar))`;
  }
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
