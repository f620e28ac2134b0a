/**
 * The distributed engine in memory: DuckDB takes the very text that Athena is sent, with Trino's functions as macros. Its
 * digests are others, as any engine's are its own.
 */
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { statementText } from '../../shared/aws/statements.ts';
import type { ColumnType } from '../../shared/contracts/plan-parts.ts';
import type {
  DistributedEngine,
  EngineFile,
  EngineQuery,
  EngineTable,
  QueryState,
} from '../../shared/ports/distributed-engine.ts';

export interface PartnerFiles {
  /** A local copy. */
  local(file: EngineFile): Promise<string>;
  /** Takes a local file for an object of the state bucket. */
  put(key: string, file: string): Promise<void>;
}

const macros = [
  'to_utf8(x) AS encode(x)',
  'md5_binary(x) AS unhex(md5(x))',
  'xxhash64(x) AS unhex(substr(md5(x), 1, 16))',
  'from_big_endian_64(x) AS (hash(x) >> 1)::BIGINT',
  "to_big_endian_64(x) AS encode(format('{:+020d}', x))",
  'to_ieee754_64(x) AS encode(CAST(x AS VARCHAR))',
  'to_ieee754_32(x) AS encode(CAST(x AS VARCHAR))',
  'json_format(x) AS CAST(x AS VARCHAR)',
  "from_base(x, b) AS ('0x' || x)::BIGINT",
  'bitwise_and(x, y) AS x & y',
];

export async function createPartner(
  files: PartnerFiles,
): Promise<DistributedEngine & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'partner-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' });
  const connection = await instance.connect();
  await connection.run(`SET TimeZone = 'UTC'`);
  for (const macro of macros) await connection.run(`CREATE MACRO ${macro}`);
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRows();
  const queries = new Map<string, QueryState>();
  let count = 0;

  const write = async ({ statement, target }: EngineQuery): Promise<string[]> => {
    const text = statementText(statement, `s3://state/${target}`);
    const query = text
      .replace(/^UNLOAD \((.*)\) TO 's3:\/\/state\/[^']*' WITH \(.*?\)$/s, '$1')
      .replaceAll(' md5(', ' md5_binary(')
      .replaceAll('(md5(', '(md5_binary(');
    const isParted = text.includes('partitioned_by');
    const out = join(folder, `out-${++count}`);
    await mkdir(out);
    const to = isParted
      ? `'${out}' (FORMAT parquet, PARTITION_BY (p))`
      : `'${out}/0.parquet' (FORMAT parquet)`;
    await connection.run(`COPY (${query}) TO ${to}`);
    const written = (await readdir(out, { recursive: true })).filter((name) =>
      name.endsWith('.parquet'),
    );
    for (const name of written) await files.put(`${target}${name}`, join(out, name));
    await rm(out, { recursive: true });
    return written.map((name) => `${target}${name}`);
  };

  return {
    async createTable(table) {
      const selects = await Promise.all(
        table.files.map(async (file) => selectFrom(table, file, await files.local(file), rows)),
      );
      const none = table.columns.map(({ name, type }) => `NULL::${duck(type)} AS "${name}"`);
      const empty = `SELECT ${[...none, `NULL::VARCHAR AS "$path"`].join(', ')} WHERE false`;
      await connection.run(
        `CREATE OR REPLACE VIEW ${table.name} AS ${[empty, ...selects].join(' UNION ALL ')}`,
      );
    },
    async dropTables(names) {
      for (const name of names) await connection.run(`DROP VIEW IF EXISTS ${name}`);
    },
    async start(query) {
      if (!queries.has(query.token)) {
        const objects = await write(query);
        queries.set(query.token, { status: 'done', objects, scannedBytes: 0 });
      }
      return query.token;
    },
    look: async (id) => queries.get(id) ?? { status: 'failed', fault: 'stopped', scannedBytes: 0 },
    stop: async () => {},
    async [Symbol.asyncDispose]() {
      instance.closeSync();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

const names: Readonly<Record<string, string>> = {
  int: 'INTEGER',
  string: 'VARCHAR',
  binary: 'BLOB',
};

function duck(type: ColumnType): string {
  const [, element] = /^array<(.*)>$/.exec(type) ?? [];
  if (element !== undefined) return `${names[element] ?? element}[]`;
  return names[type] ?? type;
}

/** The columns raw, as Trino reads what is declared so. */
async function selectFrom(
  { columns }: EngineTable,
  { bucket = 'state', key }: EngineFile,
  path: string,
  rows: (sql: string) => Promise<unknown[][]>,
): Promise<string> {
  const from = `read_parquet('${path}', hive_partitioning = false)`;
  const found = new Map(
    (await rows(`SELECT column_name, column_type FROM (DESCRIBE FROM ${from})`)).map(
      ([name, type]) => [String(name).toLowerCase(), String(type)],
    ),
  );
  const units = new Map(
    (await rows(`SELECT name, coalesce(converted_type, '') FROM parquet_schema('${path}')`)).map(
      ([name, converted]) => [String(name).toLowerCase(), String(converted)],
    ),
  );
  const values = columns.map(({ name, type }) => {
    const known = found.get(name.toLowerCase());
    const x = known === undefined ? 'NULL' : raw(`"${name}"`, known, units.get(name.toLowerCase()));
    return `CAST(${x} AS ${duck(type)}) AS "${name}"`;
  });
  return `SELECT ${[...values, `'s3://${bucket}/${key.replaceAll("'", "''")}' AS "$path"`].join(', ')} FROM ${from}`;
}

function raw(x: string, type: string, converted = ''): string {
  if (type === 'TIMESTAMP_NS') return `epoch_ns(${x})`;
  if (/^TIME/.test(type)) return converted.endsWith('MILLIS') ? `epoch_ms(${x})` : `epoch_us(${x})`;
  if (type === 'UUID') return `unhex(replace(CAST(${x} AS VARCHAR), '-', ''))`;
  if (type === 'UINTEGER')
    return `CASE WHEN ${x} > 2147483647 THEN ${x}::BIGINT - 4294967296 ELSE ${x} END`;
  if (type === 'UBIGINT')
    return `CASE WHEN ${x} > 9223372036854775807 THEN (${x}::HUGEINT - 18446744073709551616) ELSE ${x}::HUGEINT END`;
  return x;
}
