/** Our own buckets. */

/** Our own bucket: objects are written once. */
export interface StateStore {
  put(key: string, body: Uint8Array): Promise<void>;
  /** False where the object exists already: the first writer's stays. */
  putIfAbsent(key: string, body: Uint8Array | LocalFile): Promise<boolean>;
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  list(prefix: string): Promise<string[]>;
  delete(keys: readonly string[]): Promise<void>;
  /** To and from a local file, whatever its size. */
  upload(key: string, file: string): Promise<void>;
  download(key: string, file: string): Promise<void>;
  /** Tells what an object holds from anything it held before; undefined where there is none. */
  tag(key: string): Promise<string | undefined>;
  /** Writes over what this tag stands for, and nothing else: false where it is another by now, or gone. */
  replace(key: string, tag: string, body: Uint8Array | LocalFile): Promise<boolean>;
}

/** At most 5 GB. */
export interface LocalFile {
  readonly file: string;
}

/** The log bucket. */
export interface LogStore extends StateStore {
  /** The object's age begins anew. False where there is none. */
  copy(from: string, to: string): Promise<boolean>;
}

/** The two buckets. */
export type StoreName = 'state' | 'logs';
