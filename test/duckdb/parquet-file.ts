/**
 * Parquet files that DuckDB does not write: with checksums of pages, old types, and marks in the footer. One row group,
 * uncompressed pages of plain values, no nulls. Format: https://parquet.apache.org/docs/file-format/ and its parquet.thrift.
 */
import { crc32 } from 'node:zlib';

const types = { INT64: 2, INT96: 3, BYTE_ARRAY: 6 } as const;

export interface ParquetColumn {
  readonly name: string;
  readonly type: keyof typeof types;
  /** Text, by the mark that says so. */
  readonly isText?: boolean;
  /** Each as it is stored. */
  readonly values: readonly Buffer[];
}

export interface ParquetMarks {
  readonly checksums?: boolean;
  /** As the footer has it: 5 is LZ4 of the old kind. @default 0, uncompressed */
  readonly codec?: number;
  /** With a plain footer that names an algorithm; what the pages hold is noise. */
  readonly encrypted?: boolean;
  readonly rowsInPage?: number;
}

export const int64 = (value: bigint): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return bytes;
};

/** Nanoseconds of the day and the Julian day. */
export const int96 = (julianDay: number, nanoseconds = 0n): Buffer => {
  const bytes = Buffer.alloc(12);
  bytes.writeBigInt64LE(nanoseconds);
  bytes.writeUInt32LE(julianDay, 8);
  return bytes;
};

export const byteArray = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};

export function parquetFile(columns: readonly ParquetColumn[], marks: ParquetMarks = {}): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')];
  let at = 4;
  const chunks: Struct[] = [];
  for (const column of columns) {
    const start = at;
    for (const page of pagesOf(column, marks)) {
      parts.push(page);
      at += page.length;
    }
    chunks.push(chunkOf(column, marks.codec ?? 0, start, at - start));
  }
  const rows = columns[0]?.values.length ?? 0;
  const footer = struct([
    [1, i32(1)],
    [2, structs([rootOf(columns), ...columns.map(elementOf)])],
    [3, i64(rows)],
    [
      4,
      structs([
        [
          [1, structs(chunks)],
          [2, i64(at - 4)],
          [3, i64(rows)],
        ],
      ]),
    ],
    ...(marks.encrypted ? [[8, nested([[1, nested([])]])] as const] : []),
  ]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(footer.length);
  return Buffer.concat([...parts, footer, length, Buffer.from('PAR1')]);
}

function* pagesOf(
  { values }: ParquetColumn,
  { rowsInPage = 1_000, checksums, encrypted }: ParquetMarks,
) {
  for (let from = 0; from < values.length; from += rowsInPage) {
    const some = values.slice(from, from + rowsInPage);
    const body = Buffer.concat(some);
    const size = i32(body.length);
    const header = struct([
      [1, i32(0)],
      [2, size],
      [3, size],
      ...(checksums ? [[4, i32(crc32(body) | 0)] as const] : []),
      [
        5,
        nested([
          [1, i32(some.length)],
          [2, i32(0)],
          [3, i32(3)],
          [4, i32(3)],
        ]),
      ],
    ]);
    const page = Buffer.concat([header, body]);
    yield encrypted ? Buffer.from(page.map((byte, index) => byte ^ (index * 37 + 91))) : page;
  }
}

const rootOf = (columns: readonly ParquetColumn[]): Struct => [
  [4, binary('schema')],
  [5, i32(columns.length)],
];

const elementOf = ({ name, type, isText }: ParquetColumn): Struct => [
  [1, i32(types[type])],
  [3, i32(0)],
  [4, binary(name)],
  ...(isText ? [[6, i32(0)] as const] : []),
];

const chunkOf = (column: ParquetColumn, codec: number, start: number, size: number): Struct => [
  [2, i64(start)],
  [
    3,
    nested([
      [1, i32(types[column.type])],
      [2, listOf(5, [varint(zigzag(0n))])],
      [3, listOf(8, [binary(column.name).bytes])],
      [4, i32(codec)],
      [5, i64(column.values.length)],
      [6, i64(size)],
      [7, i64(size)],
      [9, i64(start)],
    ]),
  ],
];

/** Thrift's compact protocol: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md */
interface Value {
  readonly type: number;
  readonly bytes: Buffer;
}
/** By field. */
type Struct = readonly (readonly [field: number, value: Value])[];

const zigzag = (value: bigint) => (value >= 0n ? value * 2n : -value * 2n - 1n);

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>= 7n) {
    if (rest < 128n) return Buffer.from([...bytes, Number(rest)]);
    bytes.push(Number(rest & 127n) | 128);
  }
}

const i32 = (value: number): Value => ({ type: 5, bytes: varint(zigzag(BigInt(value))) });
const i64 = (value: number): Value => ({ type: 6, bytes: varint(zigzag(BigInt(value))) });
const binary = (text: string): Value => ({
  type: 8,
  bytes: Buffer.concat([varint(BigInt(Buffer.byteLength(text))), Buffer.from(text)]),
});
const nested = (fields: Struct): Value => ({ type: 12, bytes: struct(fields) });
const structs = (all: readonly Struct[]): Value => listOf(12, all.map(struct));

function listOf(type: number, items: readonly Buffer[]): Value {
  const isShort = items.length < 15;
  const head = Buffer.from([(isShort ? items.length << 4 : 0xf0) | type]);
  const size = isShort ? Buffer.alloc(0) : varint(BigInt(items.length));
  return { type: 9, bytes: Buffer.concat([head, size, ...items]) };
}

function struct(fields: Struct): Buffer {
  let before = 0;
  const parts = fields.map(([field, { type, bytes }]) => {
    const head = Buffer.from([((field - before) << 4) | type]);
    before = field;
    return Buffer.concat([head, bytes]);
  });
  return Buffer.concat([...parts, Buffer.from([0])]);
}
