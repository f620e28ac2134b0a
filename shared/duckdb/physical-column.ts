/**
 * Columns of Parquet files as an engine of many machines reads them: raw where it would read them wrong without a word, and
 * turned back here.
 *
 * | Parquet | declared as | |
 * |---|---|---|
 * | text; integers; DECIMAL; FLOAT, DOUBLE; BOOLEAN; DATE; lists of text, integers or BOOLEAN | as they are | |
 * | TIMESTAMP, TIME | bigint | microseconds are cut else |
 * | unsigned of 8 and 16 bits | int | |
 * | unsigned of 32 and 64 bits | bigint | they wrap, and their bits stay |
 * | UUID, bytes | binary | |
 *
 * What is none of these is refused by its name.
 */
import type { ColumnType } from '../contracts/plan-parts.ts';
import type { KeyForm } from '../ports/distributed-engine.ts';
import { literal } from './sql.ts';

/** A column of a file, as its footer has it. */
export interface FooterColumn {
  readonly name: string;
  /** As DuckDB reads it. */
  readonly type: string;
  /** Of Parquet. */
  readonly physical: string;
  readonly converted: string;
  readonly logical: string;
}

const plain: Readonly<Record<string, ColumnType>> = {
  BOOLEAN: 'boolean',
  TINYINT: 'tinyint',
  SMALLINT: 'smallint',
  INTEGER: 'int',
  BIGINT: 'bigint',
  UTINYINT: 'int',
  USMALLINT: 'int',
  UINTEGER: 'bigint',
  UBIGINT: 'bigint',
  FLOAT: 'float',
  DOUBLE: 'double',
  DATE: 'date',
  VARCHAR: 'string',
  BLOB: 'binary',
  UUID: 'binary',
  'BOOLEAN[]': 'array<boolean>',
  'TINYINT[]': 'array<tinyint>',
  'SMALLINT[]': 'array<smallint>',
  'INTEGER[]': 'array<int>',
  'BIGINT[]': 'array<bigint>',
  'VARCHAR[]': 'array<string>',
};

const instants = ['TIMESTAMP', 'TIMESTAMP_NS', 'TIMESTAMP WITH TIME ZONE', 'TIME'];

/** Undefined: it is refused. */
export function declaredAs({ type, physical }: FooterColumn): ColumnType | undefined {
  if (instants.includes(type)) return physical === 'INT96' ? undefined : 'bigint';
  const [, width, scale] = /^DECIMAL\((\d+),(\d+)\)$/.exec(type) ?? [];
  if (width !== undefined) return `decimal(${Number(width)},${Number(scale)})`;
  return plain[type];
}

/** A decimal, an integer and the like have one text in every engine; undefined: the column is no key there. */
export function keyFormOf({ type }: Pick<FooterColumn, 'type'>): KeyForm | undefined {
  if (type === 'VARCHAR') return 'text';
  if (type === 'UINTEGER') return 'unsigned';
  if (/^U?(TINY|SMALL)INT$|^INTEGER$|^BIGINT$/.test(type)) return 'whole';
  if (type.startsWith('DECIMAL')) return 'decimal';
  if (type === 'BOOLEAN' || type === 'DATE' || type === 'UUID') {
    return ({ BOOLEAN: 'boolean', DATE: 'date', UUID: 'uuid' } as const)[type];
  }
  return undefined;
}

/** The value as DuckDB would have read it from the file itself. @param x what was handed over */
export function turnedBack(x: string, column: FooterColumn): string {
  const { type } = column;
  switch (type) {
    case 'TIMESTAMP':
      return `make_timestamp(${inMicros(x, column)})`;
    case 'TIMESTAMP WITH TIME ZONE':
      return `make_timestamptz(${inMicros(x, column)})`;
    case 'TIMESTAMP_NS':
      return `make_timestamp_ns(${x})`;
    case 'TIME':
      return `(TIME '00:00:00' + to_microseconds(${inMicros(x, column)}))`;
    case 'UINTEGER':
      return `(${x} & 4294967295)::UINTEGER`;
    case 'UBIGINT':
      return unsigned(x);
    default:
      return `CAST(${x} AS ${type})`;
  }
}

/** The unsigned number of 64 bits that a signed one stands for. */
export const unsigned = (x: string): string =>
  `CASE WHEN ${x} < 0 THEN (${x}::HUGEINT + 18446744073709551616)::UBIGINT ELSE ${x}::UBIGINT END`;

/** The part that a key is in, of so many: as the statements reckon it. */
export const partOfKey = (key: string, parts: number): string =>
  `(${literal('0x')} || substr(md5(${key}), 1, 8))::BIGINT % ${parts}`;

function inMicros(x: string, { converted, logical }: FooterColumn): string {
  const isMillis = converted.endsWith('_MILLIS') || /MILLIS=MilliSeconds/.test(logical);
  const isNanos = /NANOS=NanoSeconds/.test(logical);
  if (isMillis) return `(${x} * 1000)`;
  return isNanos ? `(${x} // 1000)` : x;
}
