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
import { MirrorError, PassingError } from '../domain/words/errors.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { type Compression, compressionOf, headBytes, misfit } from './file-kind.ts';
import { unreadable } from './snapshot-errors.ts';

const parallelDownloads = 6;

export interface SnapshotFile {
  /** Key of the object, as people know it. */
  readonly object: string;
  /** Plain file in the scratch folder. */
  readonly path: string;
}

/** In the order of the snapshot's objects. @throws SnapshotError `file-unreadable`, `snapshot-changed`; PassingError */
export async function downloadSnapshot(
  store: SnapshotStore,
  snapshot: Snapshot,
  folder: string,
): Promise<SnapshotFile[]> {
  const files = snapshot.objects.map((object, index) => ({
    object: object.key,
    path: join(folder, `snapshot-${index}`),
  }));
  const waiting = snapshot.objects.map((object, index) => ({ object, file: files[index] }));
  const stop = new AbortController();
  const work = async () => {
    for (let next = waiting.shift(); next && !stop.signal.aborted; next = waiting.shift()) {
      if (next.file) await download(store, snapshot, next.object, next.file, stop.signal);
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
  return files;
}

async function download(
  store: SnapshotStore,
  snapshot: Snapshot,
  object: PinnedObject,
  file: SnapshotFile,
  signal: AbortSignal,
): Promise<void> {
  if (object.key.endsWith('/')) {
    throw unreadable(object.key, 'is a folder marker, not a file', 'Delete it.');
  }
  if (object.size === 0) throw empty(object.key);
  const bytes = counted(await store.read(snapshot.bucket, object));
  let compression: Compression | undefined;
  try {
    const { head, all } = await peek(bytes.stream);
    compression = compressionOf(head);
    const steps = [
      ...(compression ? [decompressor(object.key, compression)] : []),
      ...(snapshot.format === 'ndjson' ? [withoutByteOrderMark()] : []),
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
  await inspect(file, snapshot.format);
}

const empty = (object: string) =>
  unreadable(object, 'is empty (0 bytes)', 'Export it again, or delete it.');

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

/** Refuses what is plainly no file of its format. */
async function inspect(file: SnapshotFile, format: Snapshot['format']): Promise<void> {
  const handle = await open(file.path);
  try {
    const { size } = await handle.stat();
    // Compressed nothing is nothing too; only an NDJSON file without lines means something.
    if (size === 0 && format !== 'ndjson') throw empty(file.object);
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    const head = buffer.subarray(0, bytesRead);
    // DuckDB takes a file of one byte for one without lines.
    if (size === 1 && head.toString().trim() !== '') {
      throw unreadable(file.object, 'holds one character', 'Export it again.');
    }
    const other = misfit(head, format);
    if (other !== undefined) {
      throw unreadable(
        file.object,
        `holds ${other}, but the sync reads it as ${format}`,
        'Export it again, or change the format of the sync.',
      );
    }
    if (format === 'parquet') await inspectEnd(file, size, handle);
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
