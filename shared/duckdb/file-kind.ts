/** What the first bytes of a file tell. Names are not believed: exports misname their files. */
import type { SnapshotFormat } from '../contracts/sync.ts';

/** Bytes wanted of the head of a file; shorter files are shorter. */
export const headBytes = 512;

/** Bytes that begin a kind of file, as Latin-1. */
const compressed = { gzip: '\x1f\x8b', zstd: '\x28\xb5\x2f\xfd' } as const;
export type Compression = keyof typeof compressed;

const others = {
  'bzip2 data': 'BZh91AY',
  'xz data': '\xfd7zXZ',
  'a zip archive': 'PK\x03\x04',
  'an Avro file': 'Obj\x01',
  'an ORC file': 'ORC',
  'encrypted Parquet': 'PARE',
  'UTF-16 text': '\xff\xfe',
  'UTF-16 text (big-endian)': '\xfe\xff',
} as const;

export function compressionOf(head: Buffer): Compression | undefined {
  const start = head.toString('latin1');
  if (start.startsWith(compressed.gzip)) return 'gzip';
  return start.startsWith(compressed.zstd) ? 'zstd' : undefined;
}

/** What a file is that is none of its format; undefined where nothing speaks against it. */
export function misfit(head: Buffer, format: SnapshotFormat): string | undefined {
  const start = head.toString('latin1');
  if (/^[\s\xef\xbb\xbf]*<(!doctype|html|\?xml|error)/i.test(start)) return 'an HTML or XML page';
  const [other] = Object.entries(others).find(([, bytes]) => start.startsWith(bytes)) ?? [];
  if (other !== undefined) return other;
  if (format === 'ndjson' && /^[\s\xef\xbb\xbf]*\[/.test(start)) return 'a JSON array';
  // A brace alone in its line begins a document that was written for people.
  if (format === 'ndjson' && /^[\s\xef\xbb\xbf]*\{[ \t]*\r?\n/.test(start))
    return 'JSON over several lines';
  const isParquet = start.startsWith('PAR1');
  if (format === 'parquet') return isParquet ? undefined : 'no Parquet';
  return isParquet ? 'a Parquet file' : undefined;
}
