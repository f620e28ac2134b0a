/**
 * Brings the objects of a snapshot to the scratch folder as plain files.
 *
 * They are decompressed here and not by DuckDB, because DuckDB 1.5 takes a gzip or zstd file that breaks off at
 * the end of a line for a complete one, and checks no checksum: half a snapshot would pass for the whole, and
 * everybody in the other half would be removed.
 */

import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import * as zlib from 'node:zlib';
import type { PinnedObject, Snapshot } from '../contracts/snapshot.ts';
import type { Reading } from '../contracts/sync.ts';
import { MirrorError, PassingError } from '../domain/words/errors.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { recoders } from './encodings.ts';
import { type Compression, compressionOf, headBytes, misfit } from './file-kind.ts';
import { misnamed, unreadable } from './snapshot-errors.ts';

const parallelDownloads = 6;

export interface SnapshotFile {
  /** Key of the object, as people know it. */
  readonly object: string;
  /** Plain file in the scratch folder. */
  readonly path: string;
  /** Columns that its folders name, and their value; empty where the sync does not ask for them. */
  readonly partitions: ReadonlyMap<string, string | null>;
}

/** Without those that are empty, in the order of the snapshot's objects. @throws SnapshotError `file-unreadable`, `snapshot-changed`; PassingError */
export async function downloadSnapshot(
  store: SnapshotStore,
  snapshot: Snapshot,
  reading: Reading,
  folder: string,
): Promise<SnapshotFile[]> {
  const wanted = snapshot.objects.map((object, index) => ({
    object,
    file: {
      object: object.key,
      path: join(folder, `snapshot-${index}`),
      partitions: reading.partitionColumns ? partitionsOf(object.key, snapshot) : noPartitions,
    },
  }));
  const waiting = [...wanted];
  const holding = new Set<SnapshotFile>();
  const budget = { left: reading.maxUnpackedBytes };
  const stop = new AbortController();
  const work = async () => {
    for (let next = waiting.shift(); next && !stop.signal.aborted; next = waiting.shift()) {
      const { object, file } = next;
      const source = { store, snapshot, reading, object, file, budget };
      if (await download(source, stop.signal)) holding.add(file);
    }
  };
  // All have to end before the folder can go, the failed one first: it says why.
  const ends = await Promise.allSettled(
    Array.from({ length: Math.min(parallelDownloads, waiting.length) }, () =>
      work().catch((error) => {
        const first = !stop.signal.aborted;
        stop.abort();
        if (first) throw error;
      }),
    ),
  );
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return wanted.flatMap(({ file }) => (holding.has(file) ? [file] : []));
}

export const noPartitions: SnapshotFile['partitions'] = new Map();

/** Hive's way: `country=DE/`, with what a path cannot hold as `%2F`, and a name of its own for null. */
export function partitionsOf(
  key: string,
  { prefix }: Pick<Snapshot, 'prefix'>,
): SnapshotFile['partitions'] {
  const folders = key.slice(prefix.length).split('/').slice(0, -1);
  return new Map(
    folders.flatMap((folder): [string, string | null][] => {
      const [, name, value] = /^([^=]+)=(.*)$/.exec(folder) ?? [];
      if (name === undefined || value === undefined) return [];
      return [[unescaped(name), value === '__HIVE_DEFAULT_PARTITION__' ? null : unescaped(value)]];
    }),
  );
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

interface Download {
  readonly store: SnapshotStore;
  readonly snapshot: Snapshot;
  readonly reading: Reading;
  readonly object: PinnedObject;
  readonly file: SnapshotFile;
  /** Bytes that all files together may still unpack to. */
  readonly budget: { left: number };
}

/** False where there is nothing in it: such parts are written by some exporters for a task that had no rows. */
async function download(source: Download, signal: AbortSignal): Promise<boolean> {
  const { store, snapshot, object, file } = source;
  if (object.key.endsWith('/')) {
    throw unreadable(object.key, 'is a folder marker, not a file', 'Delete it.');
  }
  if (object.size === 0) return false;
  const bytes = counted(await store.read(snapshot.bucket, object));
  let compression: Compression | undefined;
  try {
    const { head, all } = await peek(bytes.stream);
    compression = compressionOf(head);
    const steps = [
      ...(compression ? [decompressor(object.key, compression)] : []),
      ceiling(source, compression !== undefined),
      ...(snapshot.format === 'ndjson' ? [withoutByteOrderMark()] : []),
      ...(snapshot.format === 'csv' ? recoders(object.key, source.reading.csv.encoding) : []),
      createWriteStream(file.path),
    ];
    await pipeline([Readable.from(all), ...steps], { signal });
  } catch (error) {
    throw downloadError(error, object.key, compression);
  } finally {
    await bytes.stream.return(undefined);
  }
  if (bytes.read() !== object.size) {
    throw new PassingError(
      'download-incomplete',
      `Of the object "${object.key}", ${bytes.read()} of ${object.size} bytes arrived. The next try reads it anew.`,
    );
  }
  return await inspect(file, snapshot.format);
}

/** Files that unpack to less are never taken for a trap, whatever their size was. */
const harmlessBytes = 256 * 1_048_576;
/** gzip takes a table to a tenth or a thirtieth of its size, and nothing but repetition to a thousandth. */
const maxRatio = 200;

function ceiling({ object, reading, budget }: Download, isPacked: boolean): Transform {
  let size = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      size += chunk.length;
      budget.left -= chunk.length;
      if (budget.left < 0) return done(tooLarge(object.key, reading.maxUnpackedBytes));
      const isTrap = isPacked && size > harmlessBytes && size > maxRatio * object.size;
      return isTrap ? done(trap(object)) : done(null, chunk);
    },
  });
}

const tooLarge = (object: string, limit: number) =>
  unreadable(
    object,
    `takes the snapshot beyond ${limit.toLocaleString('en-US')} bytes once it is unpacked`,
    "Export fewer rows or columns, or raise source.maxUnpackedBytes; the function's ephemeral storage has to hold it all.",
  );

const trap = ({ key, size }: PinnedObject) =>
  unreadable(
    key,
    `has ${size.toLocaleString('en-US')} bytes and unpacks to more than ${maxRatio} times as much`,
    'Export it again; if it really repeats itself so much, export it as Parquet or uncompressed.',
  );

function counted(source: AsyncIterable<Uint8Array>) {
  let size = 0;
  const stream = (async function* () {
    for await (const chunk of source) {
      size += chunk.length;
      yield chunk;
    }
  })();
  return { stream, read: () => size };
}

/** The first bytes of a stream, and the whole of it again. */
async function peek(stream: AsyncGenerator<Uint8Array>) {
  const taken: Uint8Array[] = [];
  let head = Buffer.alloc(0);
  while (head.length < headBytes) {
    const next = await stream.next();
    if (next.done) break;
    taken.push(next.value);
    head = Buffer.concat(taken);
  }
  const all = (async function* () {
    yield* taken;
    yield* stream;
  })();
  return { head, all };
}

function decompressor(object: string, compression: Compression): Transform {
  if (compression === 'gzip') return zlib.createGunzip();
  if (zlib.createZstdDecompress) return zlib.createZstdDecompress();
  throw unreadable(
    object,
    'is compressed with zstd, which this version of Node cannot read',
    'Export it as gzip, or use Node 24.',
  );
}

function withoutByteOrderMark(): Transform {
  let started = false;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const marked = !started && chunk.subarray(0, 3).equals(Buffer.from('\ufeff'));
      started = true;
      done(null, marked ? chunk.subarray(3) : chunk);
    },
  });
}

function downloadError(error: unknown, object: string, compression: Compression | undefined) {
  if (error instanceof MirrorError || !(error instanceof Error)) return error;
  const code = 'code' in error ? String(error.code) : '';
  if (code === 'ENOSPC') {
    return new PassingError(
      'scratch-full',
      'The scratch folder is too small for the snapshot. Give the function more ephemeral storage, or export fewer columns.',
    );
  }
  if (/^(Z_|ZSTD_|ERR_(TRAILING_JUNK|ZLIB))/.test(code)) {
    return unreadable(
      object,
      `is damaged or breaks off: its ${compression} data cannot be decompressed`,
      'Export it again.',
    );
  }
  return error;
}

/** Refuses what is plainly no file of its format; false where there is nothing in it. */
async function inspect(file: SnapshotFile, format: Snapshot['format']): Promise<boolean> {
  const handle = await open(file.path);
  try {
    const { size } = await handle.stat();
    // Compressed nothing is nothing too.
    if (size === 0) return false;
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    // DuckDB takes a file of one byte for one without lines.
    if (size === 1 && head.toString().trim() !== '') {
      throw unreadable(file.object, 'holds one character', 'Export it again.');
    }
    const other = misfit(head, format);
    if (other !== undefined) {
      throw misnamed(file.object, other, format);
    }
    if (format === 'parquet') await inspectEnd(file, size, handle);
    return true;
  } finally {
    await handle.close();
  }
}

async function inspectEnd(
  file: SnapshotFile,
  size: number,
  handle: Awaited<ReturnType<typeof open>>,
): Promise<void> {
  const tail = await handle.read(Buffer.alloc(4), 0, 4, Math.max(0, size - 4));
  if (tail.buffer.toString('latin1') === 'PAR1') return;
  throw unreadable(file.object, 'breaks off: it has no Parquet footer', 'Export it again.');
}
