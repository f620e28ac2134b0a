/**
 * Our own buckets. Strongly consistent, as S3 is: what was written is read and listed from then on by everybody. A method
 * that fails may have done its work all the same, and may be called again. All reject with what the store says where it
 * cannot be reached or refuses; callers pass that on, and the step is tried again.
 */

/** Objects are written once, but for the few that `put` and `replace` write over. */
export interface StateStore {
  /** Writes over what is there. */
  put(key: string, body: Uint8Array): Promise<void>;
  /**
   * Of several writers one is first, and its object stays: false for all others.
   * @throws PassingError `write-raced` where two met: it is not known who was first until one tries again
   */
  putIfAbsent(key: string, body: Uint8Array | LocalFile): Promise<boolean>;
  /** Undefined where there is none. */
  get(key: string): Promise<Uint8Array | undefined>;
  /** All keys that begin so, in byte order of their UTF-8 names: not the order of JavaScript's texts. */
  list(prefix: string): Promise<string[]>;
  /** What is not there counts as deleted. @throws PassingError `delete-failed` where some are left */
  delete(keys: readonly string[]): Promise<void>;
  /** From a local file, whatever its size: in parts, and seen whole or not at all. Writes over what is there. */
  upload(key: string, file: string): Promise<void>;
  /** To a local file, whatever its size. Rejects where there is no such object, and may leave a part of a file behind. */
  download(key: string, file: string): Promise<void>;
  /** Tells what an object holds from anything it held before; undefined where there is none. */
  tag(key: string): Promise<string | undefined>;
  /**
   * Writes over what this tag stands for, and nothing else: false where it is another by now, or gone.
   * @throws PassingError `write-raced` where two writers met
   */
  replace(key: string, tag: string, body: Uint8Array | LocalFile): Promise<boolean>;
}

/** At most 5 GB. */
export interface LocalFile {
  readonly file: string;
}

/** The log bucket. */
export interface LogStore extends StateStore {
  /**
   * Within the bucket, at most 5 GB, over what is there. The copy's age begins anew: its lifecycle rule counts from now.
   * False where there is none to copy.
   */
  copy(from: string, to: string): Promise<boolean>;
}

/** The two buckets. */
export type StoreName = 'state' | 'logs';
