/**
 * Buckets and objects on disk. A bucket is a folder; an object is one file in it, named by the SHA-256 of its
 * key, so that no key can name a path. The file is the content, then a footer: what is known of the object as
 * JSON, the JSON's length, and a mark. It comes into being by one rename, whole or not at all.
 *
 * Every check-and-change below runs without an `await`: in one process that makes it atomic, and an open file
 * goes on reading the version it was opened at.
 */
import { createHash, randomUUID } from 'node:crypto';
import {
  closeSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmdirSync,
  rmSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { BucketName } from '../../../shared/contracts/bucket-name.ts';
import { noSuchKey, preconditionFailed, S3Error } from './error.ts';
import { SortedKeys } from './keys.ts';

export interface StoredObject {
  readonly key: string;
  /** Bytes of content. */
  readonly size: number;
  /** Without quotes: MD5 in hex, or `MD5 of the parts' MD5s-count` for a multipart upload. */
  readonly etag: string;
  /** Of the content, in base64; of parts' checksums, with their count, where it came in parts. Absent of an older version's. */
  readonly crc32?: string;
  /** Epoch milliseconds. */
  readonly modified: number;
  /** Given back as they came: content type and the like, and user metadata as `x-amz-meta-…`. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Header values as sent; undefined asks for nothing. */
export interface Conditions {
  readonly ifMatch: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

/** Objects below the prefix go at the first midnight (UTC) after they were there for so many days. */
export interface ExpiryRule {
  readonly bucket: string;
  readonly prefix: string;
  readonly days: number;
}

const DAY = 86_400_000;

type Bucket = SortedKeys<StoredObject>;

/** No bucket's name begins with a dot. */
const INCOMING = '.incoming';

export class ObjectStore {
  readonly #folder: string;
  readonly #buckets = new Map<string, Bucket>();

  /**
   * Opens the folder, makes it where it is missing, and removes what an ended process left half-written. Only
   * one store may have a folder open. Reads every object's footer: some 20 µs for each.
   */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(join(folder, INCOMING), { recursive: true, force: true });
    mkdirSync(join(folder, INCOMING), { recursive: true });
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      if (entry.isDirectory() && BucketName.safeParse(entry.name).success) {
        this.#buckets.set(entry.name, readBucket(join(folder, entry.name)));
      }
    }
  }

  /** A path for a file that is no object yet, on the same file system, so that it can be renamed. */
  newPath(): string {
    return join(this.#folder, INCOMING, randomUUID());
  }

  bucket(name: string): Bucket {
    const bucket = this.#buckets.get(name);
    if (bucket) return bucket;
    throw new S3Error(404, 'NoSuchBucket', 'The specified bucket does not exist', {
      BucketName: name,
    });
  }

  createBucket(name: string): void {
    if (!BucketName.safeParse(name).success) {
      throw new S3Error(400, 'InvalidBucketName', 'The specified bucket is not valid.', {
        BucketName: name,
      });
    }
    if (this.#buckets.has(name)) {
      throw new S3Error(409, 'BucketAlreadyOwnedByYou', 'You already own this bucket.', {
        BucketName: name,
      });
    }
    mkdirSync(join(this.#folder, name));
    this.#buckets.set(name, new SortedKeys());
  }

  deleteBucket(name: string): void {
    if (this.bucket(name).size > 0) {
      throw new S3Error(409, 'BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        BucketName: name,
      });
    }
    rmdirSync(join(this.#folder, name));
    this.#buckets.delete(name);
  }

  head(bucket: string, key: string): StoredObject {
    const object = this.bucket(bucket).get(key);
    if (object) return object;
    throw noSuchKey(key);
  }

  /** A file descriptor on the object that `head` gives in the same turn; to be closed by whoever takes it. */
  open(bucket: string, object: StoredObject): number {
    return openSync(this.#path(bucket, object.key), 'r');
  }

  /** Makes a file, its footer written, the object of this key, if the conditions hold at this moment. */
  commit(bucket: string, object: StoredObject, file: string, conditions: Conditions): void {
    const objects = this.bucket(bucket);
    checkWrite(objects.get(object.key), object.key, conditions);
    renameSync(file, this.#path(bucket, object.key));
    objects.set(object.key, object);
  }

  /** No error where there is no such object. */
  delete(bucket: string, key: string): void {
    const objects = this.bucket(bucket);
    if (!objects.get(key)) return;
    unlinkSync(this.#path(bucket, key));
    objects.delete(key);
  }

  /** Nothing where the bucket is missing. */
  expire({ bucket, prefix, days }: ExpiryRule, now: number): void {
    const objects = this.#buckets.get(bucket);
    if (!objects) return;
    const over: string[] = [];
    for (let at = objects.from(prefix); ; at++) {
      const key = objects.at(at);
      if (key === undefined || !key.startsWith(prefix)) break;
      const { modified } = objects.get(key) ?? { modified: now };
      if (Math.ceil((modified + days * DAY) / DAY) * DAY <= now) over.push(key);
    }
    for (const key of over) this.delete(bucket, key);
  }

  #path(bucket: string, key: string): string {
    return join(this.#folder, bucket, fileName(key));
  }
}

function checkWrite(
  existing: StoredObject | undefined,
  key: string,
  { ifMatch, ifNoneMatch }: Conditions,
): void {
  if (ifNoneMatch !== undefined && existing) throw preconditionFailed('If-None-Match');
  if (ifMatch === undefined) return;
  if (!existing) throw noSuchKey(key);
  if (!etagMatches(ifMatch, existing.etag)) throw preconditionFailed('If-Match');
}

/** Whether a header's list of ETags, quoted or not, or `*`, names this one. */
export function etagMatches(list: string, etag: string): boolean {
  return list.split(',').some((each) => {
    const named = each.trim().replace(/^(?:W\/)?"(.*)"$/, '$1');
    return named === '*' || named === etag;
  });
}

function fileName(key: string): string {
  return createHash('sha256').update(key, 'utf8').digest('hex');
}

const MARK = 'AMS3';
const MARK_BYTES = 8;

/** What follows the content in an object's file. */
export function footerOf(object: StoredObject): Buffer {
  const json = Buffer.from(JSON.stringify(object), 'utf8');
  const mark = Buffer.alloc(MARK_BYTES, MARK, 'latin1');
  mark.writeUInt32BE(json.length, 0);
  mark.write(MARK, 4, 'latin1');
  return Buffer.concat([json, mark]);
}

function readBucket(folder: string): Bucket {
  const entries: [string, StoredObject][] = [];
  for (const name of readdirSync(folder)) {
    const object = readObject(join(folder, name));
    if (object === undefined || fileName(object.key) !== name) {
      throw new Error(`${join(folder, name)} is no object of the embedded S3: remove it`);
    }
    entries.push([object.key, object]);
  }
  return new SortedKeys(entries);
}

/** Undefined where the file does not end in a footer that fits it. */
function readObject(path: string): StoredObject | undefined {
  const descriptor = openSync(path, 'r');
  try {
    const { size } = fstatSync(descriptor);
    const mark = readAt(descriptor, size - MARK_BYTES, MARK_BYTES);
    if (mark?.toString('latin1', 4) !== MARK) return undefined;
    const length = mark.readUInt32BE(0);
    const json = readAt(descriptor, size - MARK_BYTES - length, length);
    const footer: unknown = json && JSON.parse(json.toString('utf8'));
    if (!isStoredObject(footer)) return undefined;
    return footer.size === size - MARK_BYTES - length ? footer : undefined;
  } catch (cause) {
    throw new Error(`${path} can't be read as an object of the embedded S3: remove it`, { cause });
  } finally {
    closeSync(descriptor);
  }
}

function readAt(descriptor: number, position: number, length: number): Buffer | undefined {
  if (position < 0) return undefined;
  const buffer = Buffer.alloc(length);
  return readSync(descriptor, buffer, 0, length, position) === length ? buffer : undefined;
}

function isStoredObject(value: unknown): value is StoredObject {
  return (
    typeof value === 'object' &&
    value !== null &&
    'key' in value &&
    typeof value.key === 'string' &&
    'size' in value &&
    typeof value.size === 'number' &&
    'etag' in value &&
    typeof value.etag === 'string' &&
    'modified' in value &&
    typeof value.modified === 'number' &&
    'headers' in value &&
    typeof value.headers === 'object' &&
    value.headers !== null
  );
}
