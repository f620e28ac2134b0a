/**
 * An engine of many machines over files in S3, for joins beyond one machine. It only withholds and distributes rows, by
 * equality of bytes; whatever is decided is decided over the parts it hands over.
 */
import type { ColumnType, RowGroup } from '../contracts/plan-parts.ts';

export interface EngineColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Parquet files that are read as one table: these, whatever else lies beside them. */
export interface EngineTable {
  /** Lower-case letters, digits and underscores. */
  readonly name: string;
  readonly columns: readonly EngineColumn[];
  readonly files: readonly EngineFile[];
}

export interface EngineFile {
  /** @default the state bucket */
  readonly bucket?: string;
  readonly key: string;
}

/** How the text of a key is made of a column's value, which is that of `canonicalSql`; or what is the same in all rows. */
export type KeyCell = RowGroup['key'][number];
export type KeyForm = Extract<KeyCell, { form: unknown }>['form'];

export type DigestCell = EngineColumn | { readonly constant: string | null };

/** Rows of files that are read alike. */
export interface RowSource {
  readonly table: string;
  /** Of the key, in order. */
  readonly key: readonly KeyCell[];
  /** What the digest is of, in order: a row whose digest is the mirror's is withheld. */
  readonly digested: readonly DigestCell[];
  /** Columns that are handed over, as `c0`, `c1` and so on. */
  readonly carried: readonly string[];
  /** Part of every digest. */
  readonly seed: string;
}

/** Tables of a mirror's objects, oldest first: of a key that several have, the last counts. */
export interface MirrorSource {
  readonly layers: readonly string[];
}

/**
 * What is asked. Parts are numbered from 0, by the hash of the key (`partOfKey`) or the identity; what is handed over lies in
 * `p={part}/` below the target.
 *
 * - `count`: of each file, its rows and those of them that have a key: `file`, `rows`, `keyed`.
 * - `keys`: those that the digests do not settle, perhaps several times: `k`.
 * - `rows`: all rows with a key, or those of these keys: `k`, `raw`, and what is carried.
 * - `entries`: all of the mirror's, or those of these keys.
 * - `identities`: of each identity that is proposed: the proposals, what is planned with it, and the settled entries.
 */
export type Statement =
  | { readonly kind: 'count'; readonly sources: readonly RowSource[] }
  | {
      readonly kind: 'keys';
      readonly sources: readonly RowSource[];
      readonly mirror: MirrorSource;
      /** Parked members are not settled, either. */
      readonly retryFailed: boolean;
    }
  | {
      readonly kind: 'rows';
      readonly source: RowSource;
      /** A table of `k`; undefined: all. */
      readonly keys: string | undefined;
      readonly parts: number;
    }
  | {
      readonly kind: 'entries';
      readonly mirror: MirrorSource;
      readonly keys: string | undefined;
      readonly parts: number;
    }
  | {
      readonly kind: 'identities';
      /** A table of `key`, `is_delete`, `record`, `identity`. */
      readonly proposals: string;
      /** A table of plans. */
      readonly plans: string;
      /** Settled are those entries whose keys are none of `keys`; undefined: none is. */
      readonly settled: { readonly mirror: MirrorSource; readonly keys: string } | undefined;
      readonly parts: number;
    };

/** One query, to be started once whoever asks how often. */
export interface EngineQuery {
  readonly statement: Statement;
  /** Prefix in the state bucket, where nothing lies yet. */
  readonly target: string;
  /** The same token is the same query: it is not started again. 32 to 128 characters. */
  readonly token: string;
}

/**
 * Why a query came to nothing. `bytes`, `time`: it was cut off by a limit of the workgroup's or the service's. `input`: it
 * could not read what it was to read. `passing`: another try may fare better.
 */
export type QueryFault = 'bytes' | 'time' | 'input' | 'passing' | 'stopped';

export type QueryState =
  | { readonly status: 'running' }
  | {
      readonly status: 'done';
      /** Objects in the state bucket that the query wrote, by its own account. What else lies at the target is not of it. */
      readonly objects: readonly string[];
      readonly scannedBytes: number;
    }
  | { readonly status: 'failed'; readonly fault: QueryFault; readonly scannedBytes: number };

/** Each method may be repeated. All reject with PassingError where the service is not there or too busy. */
export interface DistributedEngine {
  /** Over what is there under the name. @param table over no files, it is empty */
  createTable(table: EngineTable): Promise<void>;
  /** What is not there counts as dropped. */
  dropTables(names: readonly string[]): Promise<void>;
  /** Gives the id of the query. */
  start(query: EngineQuery): Promise<string>;
  look(id: string): Promise<QueryState>;
  /** What is over stays as it is. */
  stop(id: string): Promise<void>;
}
