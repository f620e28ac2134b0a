/**
 * Multipart uploads. Parts are files of their own until they are joined. An upload lives in memory only:
 * it does not outlive the process, and then its client is told NoSuchUpload and starts anew.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { base64OfCrc, type Received } from './body.ts';
import { malformedXml, noSuchUpload, S3Error } from './error.ts';
import { NewFile } from './new-file.ts';
import { type Conditions, footerOf, type ObjectStore, type StoredObject } from './store.ts';

interface Part extends Received {
  readonly file: string;
}

interface Upload {
  readonly bucket: string;
  readonly key: string;
  readonly headers: StoredObject['headers'];
  readonly parts: Map<number, Part>;
}

/** A part as the client names it when it asks for the joining. */
export interface NamedPart {
  /** 1 to 10,000. */
  readonly number: number;
  /** Without quotes. */
  readonly etag: string;
  /** Where the client names it. */
  readonly crc32: string | undefined;
}

/** Every part but the last must have at least this many bytes, as on S3. */
const LEAST_PART_BYTES = 5 * 1024 * 1024;

export class Uploads {
  readonly #store: ObjectStore;
  readonly #now: () => number;
  readonly #open = new Map<string, Upload>();

  constructor(store: ObjectStore, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  create(bucket: string, key: string, headers: StoredObject['headers']): string {
    this.#store.bucket(bucket);
    const id = randomUUID();
    this.#open.set(id, { bucket, key, headers, parts: new Map() });
    return id;
  }

  /** Throws NoSuchUpload unless this upload is open for this very key. */
  find(id: string, bucket: string, key: string): Upload {
    const upload = this.#open.get(id);
    if (upload?.bucket === bucket && upload.key === key) return upload;
    throw noSuchUpload(id);
  }

  /** Takes the file over, once it is whole. A part of the same number is replaced. */
  async addPart(upload: Upload, number: number, part: Part): Promise<void> {
    const replaced = upload.parts.get(number);
    upload.parts.set(number, part);
    if (replaced) await rm(replaced.file, { force: true });
  }

  async abort(id: string, upload: Upload): Promise<void> {
    this.#open.delete(id);
    await removeParts(upload);
  }

  /** Joins the named parts into the object. Stays open when it fails, so that the client can mend or abort it. */
  async complete(
    id: string,
    upload: Upload,
    named: readonly NamedPart[],
    conditions: Conditions,
  ): Promise<StoredObject> {
    const parts = chosenParts(upload, named);
    const object: StoredObject = {
      key: upload.key,
      size: parts.reduce((sum, part) => sum + part.size, 0),
      etag: joinedEtag(parts),
      crc32: joinedCrc(parts),
      modified: this.#now(),
      headers: upload.headers,
    };
    const file = await NewFile.create(this.#store.newPath());
    try {
      for (const part of parts) await append(file, part.file);
      await file.add(footerOf(object));
      await file.finish();
      this.find(id, upload.bucket, upload.key);
      this.#store.commit(upload.bucket, object, file.path, conditions);
      this.#open.delete(id);
    } catch (error) {
      await file.discard();
      // The parts are gone when the upload was aborted or completed meanwhile.
      this.find(id, upload.bucket, upload.key);
      throw error;
    }
    await removeParts(upload);
    return object;
  }
}

function chosenParts(upload: Upload, named: readonly NamedPart[]): Part[] {
  if (named.length === 0) throw malformedXml();
  if (named.some(({ number }, at) => at > 0 && number <= (named[at - 1]?.number ?? 0))) {
    throw new S3Error(
      400,
      'InvalidPartOrder',
      'The list of parts was not in ascending order. Parts must be ordered by part number.',
    );
  }
  const parts = named.map((each) => partNamed(upload, each));
  const small = parts.slice(0, -1).find((part) => part.size < LEAST_PART_BYTES);
  if (small === undefined) return parts;
  throw new S3Error(
    400,
    'EntityTooSmall',
    'Your proposed upload is smaller than the minimum allowed size',
    { ProposedSize: small.size, MinSizeAllowed: LEAST_PART_BYTES },
  );
}

function partNamed(upload: Upload, { number, etag, crc32 }: NamedPart): Part {
  const part = upload.parts.get(number);
  if (part?.md5 === etag && (crc32 === undefined || part.crc32 === crc32)) return part;
  throw new S3Error(400, 'InvalidPart', 'One or more of the specified parts could not be found.', {
    PartNumber: number,
  });
}

function joinedEtag(parts: readonly Part[]): string {
  const md5 = createHash('md5');
  for (const part of parts) md5.update(part.md5, 'hex');
  return `${md5.digest('hex')}-${parts.length}`;
}

function joinedCrc(parts: readonly Part[]): string {
  const crc = parts.reduce((sum, part) => crc32(Buffer.from(part.crc32, 'base64'), sum), 0);
  return `${base64OfCrc(crc)}-${parts.length}`;
}

const COPY_BYTES = 1024 * 1024;

async function append(target: NewFile, source: string): Promise<void> {
  for await (const piece of createReadStream(source, { highWaterMark: COPY_BYTES })) {
    await target.add(piece);
  }
}

async function removeParts(upload: Upload): Promise<void> {
  await Promise.all(Array.from(upload.parts.values(), ({ file }) => rm(file, { force: true })));
}
