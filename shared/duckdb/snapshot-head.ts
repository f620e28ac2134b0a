/**
 * Brings the beginning of a snapshot's file to the scratch folder: as much as a look at its columns and first rows
 * takes. Of text the first rows; of Parquet a file with holes, which has its first row group and its footer.
 */

import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import * as zlib from 'node:zlib';
import type { PinnedObject, Snapshot } from '../contracts/snapshot.ts';
import type { CsvDialect } from '../contracts/sync.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import type { Database } from './database.ts';
import { recodedHead } from './encodings.ts';
import { compressionOf, misfit } from './file-kind.ts';
import { pageStart } from './parquet-pages.ts';
import { misnamed, unreadable } from './snapshot-errors.ts';
import { fileList } from './sql.ts';
import { maxRowBytes, tooLong } from './text-blocks.ts';

/** Text that is looked at, in bytes after decompression. */
const textBytes = 2 * 1_048_576;
/** The end of a Parquet file that is read at first: its footer mostly fits. */
const tailBytes = 256 * 1_024;
const maxFooterBytes = 32 * 1_048_576;
/** A first row group that is larger is not fetched. */
const maxGroupBytes = 128 * 1_048_576;

export interface SnapshotHead {
  /** In the scratch folder. */
  readonly path: string;
  /** Its rows can be read from the first on; false: only its columns are there. */
  readonly hasRows: boolean;
  /** It is the whole file. */
  readonly isWhole: boolean;
}

export interface HeadSource {
  readonly store: SnapshotStore;
  readonly snapshot: Snapshot;
  readonly object: PinnedObject;
  readonly path: string;
}

/** @throws SnapshotError `file-unreadable`, `snapshot-changed` */
export async function textHead(source: HeadSource, csv: CsvDialect): Promise<SnapshotHead> {
  const { object, snapshot, path } = source;
  const isCsv = snapshot.format === 'csv';
  const encoding = isCsv ? csv.encoding : 'utf-8';
  const rowsIn = (raw: Buffer) => {
    const bytes = recodedHead(object.key, encoding, raw);
    const text = isCsv ? bytes : withoutByteOrderMark(bytes);
    return { bytes, text, end: wholeRows(text, isCsv ? csv.quote : '') };
  };
  const { bytes: raw, isWhole } = await decompressedHead(source, (some) => rowsIn(some).end > 0);
  const { bytes, text, end: lastEnd } = rowsIn(raw);
  const other = misfit(bytes, snapshot.format);
  if (other !== undefined) throw misnamed(object.key, other, snapshot.format);
  const end = isWhole ? text.length : lastEnd;
  if (end === 0 && text.length > 0) {
    throw unreadable(object.key, `has a first row that ${tooLong}`, 'Export it with line ends.');
  }
  await writeAt(path, [{ at: 0, bytes: text.subarray(0, end) }]);
  return { path, hasRows: true, isWhole };
}

const withoutByteOrderMark = (bytes: Buffer) =>
  bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? bytes.subarray(3) : bytes;

/** Reads no further than it must, of a compressed file neither: so much, or as far as there is enough in it. */
async function decompressedHead(
  { store, snapshot, object }: HeadSource,
  isEnough: (bytes: Buffer) => boolean,
) {
  const all = await store.read(snapshot.bucket, object);
  const raw = Readable.from(all);
  const parts: Buffer[] = [];
  let [size, wanted] = [0, textBytes];
  try {
    for await (const part of await decompressed(raw, object)) {
      parts.push(Buffer.from(part));
      size += part.length;
      if (size < wanted) continue;
      const bytes = Buffer.concat(parts);
      if (wanted > maxRowBytes || isEnough(bytes)) return { bytes, isWhole: false };
      wanted *= 2;
    }
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && /^(Z_|ZSTD_)/.test(String(error.code))))
      throw error;
    throw unreadable(
      object.key,
      'is damaged or breaks off: it cannot be decompressed',
      'Export it again.',
    );
  } finally {
    raw.destroy();
  }
  return { bytes: Buffer.concat(parts), isWhole: true };
}

async function decompressed(
  raw: Readable,
  object: PinnedObject,
): Promise<AsyncIterable<Uint8Array>> {
  const iterator: AsyncIterator<Uint8Array> = raw[Symbol.asyncIterator]();
  const first = await iterator.next();
  const head = first.done ? Buffer.alloc(0) : Buffer.from(first.value);
  const rest = Readable.from(
    (async function* () {
      yield head;
      for (let next = await iterator.next(); !next.done; next = await iterator.next())
        yield next.value;
    })(),
  );
  const compression = compressionOf(head);
  if (compression === undefined) return rest;
  if (compression === 'gzip') return piped(rest, zlib.createGunzip());
  if (zlib.createZstdDecompress) return piped(rest, zlib.createZstdDecompress());
  throw unreadable(
    object.key,
    'is compressed with zstd, which this version of Node cannot read',
    'Export it as gzip, or use Node 24.',
  );
}

/** An error of the source reaches whoever reads the end. */
function piped(source: Readable, through: zlib.Gunzip | zlib.ZstdDecompress): Readable {
  source.on('error', (error) => through.destroy(error));
  return source.pipe(through);
}

/** Where the last whole row ends; line ends within quotes are none. */
function wholeRows(bytes: Buffer, quote: string): number {
  const newline = 0x0a;
  if (quote === '') return bytes.lastIndexOf(newline) + 1;
  const mark = quote.charCodeAt(0);
  let end = 0;
  let isQuoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    if (bytes[at] === mark) isQuoted = !isQuoted;
    else if (bytes[at] === newline && !isQuoted) end = at + 1;
  }
  return end;
}

/** @throws SnapshotError `file-unreadable`, `snapshot-changed` */
export async function parquetHead(source: HeadSource, database: Database): Promise<SnapshotHead> {
  const { object, path } = source;
  const tail = await readFooter(source);
  const from = object.size - tail.length;
  await writeAt(path, [{ at: from, bytes: tail }]);
  if (from === 0) return { path, hasRows: true, isWhole: true };
  const [start = 0, end = 0] = await database.counts(
    `SELECT min(${pageStart}) AS first,
       max(${pageStart} + total_compressed_size)
     FROM parquet_metadata(${fileList([path])}) WHERE row_group_id = 0`,
  );
  const missing = Math.min(end, from) - start;
  if (missing > maxGroupBytes) return { path, hasRows: false, isWhole: false };
  if (missing > 0) {
    const bytes = await readRange(source, start, start + missing - 1);
    await writeAt(path, [
      { at: 0, bytes: magic },
      { at: start, bytes },
    ]);
  }
  return { path, hasRows: true, isWhole: false };
}

/** A file with nothing in it but its footer, where that stands. @throws SnapshotError `file-unreadable`, `snapshot-changed` */
export async function parquetFooter(source: HeadSource): Promise<void> {
  const tail = await readFooter(source);
  await writeAt(source.path, [{ at: source.object.size - tail.length, bytes: tail }]);
}

const magic = Buffer.from('PAR1');

async function readFooter(source: HeadSource): Promise<Buffer> {
  const { object } = source;
  const tail = await readRange(source, Math.max(0, object.size - tailBytes), object.size - 1);
  const isParquet = tail.length >= 12 && tail.subarray(-4).equals(magic);
  const length = isParquet ? tail.readUInt32LE(tail.length - 8) + 8 : 0;
  if (!isParquet || length > object.size - 4) {
    throw unreadable(
      object.key,
      'is no Parquet file or breaks off: it has no footer',
      'Export it again.',
    );
  }
  if (length <= tail.length) return tail;
  if (length > maxFooterBytes) {
    throw unreadable(
      object.key,
      'has a footer of more than 32 MiB',
      'Export it in larger row groups.',
    );
  }
  return readRange(source, object.size - length, object.size - 1);
}

async function readRange({ store, snapshot, object }: HeadSource, from: number, to: number) {
  const parts: Uint8Array[] = [];
  for await (const part of await store.read(snapshot.bucket, object, { from, to }))
    parts.push(part);
  return Buffer.concat(parts);
}

/** What lies between the parts is a hole. */
async function writeAt(
  path: string,
  parts: readonly { readonly at: number; readonly bytes: Uint8Array }[],
): Promise<void> {
  const handle = await open(path, 'a+').then(async (made) => {
    await made.close();
    return open(path, 'r+');
  });
  try {
    for (const { at, bytes } of parts) await handle.write(bytes, 0, bytes.length, at);
  } finally {
    await handle.close();
  }
}
