/**
 * What the use cases need from the world. Each port has one adapter over AWS or the network, and one honest
 * stand-in in memory for the simulator; both pass the same contract suite.
 */

import type { Alert } from './contracts/alert.ts';
import type { HttpAnswer, HttpRequest } from './contracts/http.ts';
import type { ChunkMessage, DeadLetterQueue, RunMessage } from './contracts/messages.ts';
import type {
  Circuit,
  Claim,
  Lease,
  PendingChunk,
  PinnedObject,
  Run,
  RunPhase,
  RunResult,
  SendPhase,
  Snapshot,
  SyncState,
  Tidied,
} from './contracts/run.ts';
import type { SampleRow } from './contracts/sample.ts';
import type { Source } from './contracts/sync.ts';
import type { ListedObject } from './domain/words/snapshot.ts';

export type * from './config-ports.ts';
export type * from './engine-ports.ts';

/** Sends one request and never throws: every fate is an answer. */
export interface HttpSender {
  send(request: HttpRequest): Promise<HttpAnswer>;
}

export interface Clock {
  /** Epoch milliseconds. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Names that nobody else has taken. */
export interface Ids {
  /** Sorts by time; 26 characters of `0-9a-z`. */
  next(): string;
}

/** The warehouse's bucket: read only. */
export interface SnapshotStore {
  /** All objects below the prefix in byte order of their keys. @throws SnapshotError `bucket-missing`, `access-denied` */
  list(bucket: string, prefix: string): Promise<ListedObject[]>;
  /**
   * `range`: these bytes alone, from the first to the last.
   * @throws SnapshotError `snapshot-changed` where the object's ETag is another, or the object gone
   */
  read(
    bucket: string,
    object: PinnedObject,
    range?: { readonly from: number; readonly to: number },
  ): Promise<AsyncIterable<Uint8Array>>;
}

/** A look into a snapshot: what its first file begins with. */
export interface SnapshotSample {
  /** In the order of the file; `type` in the words of its format. */
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  /** False where lines that were not looked at may name more. */
  readonly isComplete: boolean;
  /** Values as a run reads them. None where even the beginning of the file is too large to be looked at. */
  readonly rows: readonly SampleRow[];
}

/** Looks into snapshots without reading them whole. */
export interface SnapshotSampler {
  /** @throws SnapshotError `file-unreadable`, `snapshot-changed`; ConfigurationError `csv-dialect` */
  sample(snapshot: Snapshot, csv: Source['csv'], rows: number): Promise<SnapshotSample>;
}

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

/** A sync with a lease that a run holds. */
export interface OpenRun extends Lease {
  readonly sync: string;
}

/** Every method is one strongly consistent read or one conditional write: nothing in between can be seen or lost. */
export interface RunStore {
  getState(sync: string): Promise<SyncState>;
  /** Of all syncs that ever had a run, by id. Those with an open run are sweep's work list. */
  listStates(): Promise<Map<string, SyncState>>;
  /**
   * Takes the lease and counts the epoch up; undefined where another run holds it, or a later one held it since.
   * Again by its holder: the same answer.
   */
  claimLease(run: OpenRun): Promise<SyncState | undefined>;
  /**
   * Frees the lease of a closed run and moves the pointer, in one write. Does nothing where this run does not hold it.
   */
  freeLease(
    run: RunKey & Pick<Run, 'markerSeen' | 'closedAt' | 'task'>,
    result: RunResult,
  ): Promise<void>;
  /** Forgets mirror and pointer: the next run is a first run. False where a run is open. */
  forgetMirror(sync: string): Promise<boolean>;

  /** Notes on a sync that had a run when it was last tidied. */
  noteTidied(sync: string, tidied: Tidied): Promise<void>;
  /** False where `stale` is no longer since what it `was`; also for a sync that never ran. */
  keepStale(
    sync: string,
    was: number | undefined,
    stale: NonNullable<SyncState['stale']>,
  ): Promise<boolean>;

  /** False where the run exists. */
  createRun(run: Run): Promise<boolean>;
  getRun(sync: string, run: string): Promise<Run | undefined>;
  /** Newest first; `before`: only those older than this run. */
  listRuns(sync: string, limit: number, before?: string): Promise<Run[]>;
  /**
   * Writes the changes if the run is in one of these phases; false otherwise. A new phase drops claim and attempts,
   * and its moment is kept.
   */
  moveRun(run: RunKey, from: readonly RunPhase[], changes: RunChanges): Promise<boolean>;
  /** Takes the phase's one step and counts the attempt; undefined where someone else is at it or the phase is over. */
  claimRun(run: RunKey, phase: RunPhase, claim: Claim, now: number): Promise<Run | undefined>;
  /**
   * Writes what was said to a held run: which run it is approved by, or that it is cancelled. False where it is not
   * held, or `approvedBy` is no longer as it `was`.
   */
  answerHeld(run: RunKey, was: string | undefined, answer: HeldAnswer): Promise<boolean>;
  /** The item of a closed run may go after this moment. */
  expireRun(run: RunKey, at: number): Promise<void>;
  /** Lets go early, so that the next try need not wait for the claim to run out. */
  releaseRun(run: RunKey, claim: Claim): Promise<void>;

  putPending(run: RunKey, attempt: string, chunks: readonly PendingChunk[]): Promise<void>;
  getPending(
    run: RunKey,
    attempt: string,
    phase: SendPhase,
    chunk: number,
  ): Promise<PendingChunk | undefined>;
  /** In order of their numbers. */
  listPending(
    run: RunKey,
    attempt: string,
    phase: SendPhase,
    limit?: number,
  ): Promise<PendingChunk[]>;
  /** Takes a chunk and counts the try, as it was before; undefined where it is settled or someone else has it. */
  claimChunk(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk'>,
    claim: Claim,
    now: number,
  ): Promise<PendingChunk | undefined>;
  /** Lets go of a chunk whose progress is stored. */
  releaseChunk(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk' | 'clean' | 'waitUntil'>,
    claim: Claim,
  ): Promise<void>;
  /** The chunk is settled; its outcomes must be stored before. */
  deletePending(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk'>,
  ): Promise<void>;
}

export interface RunKey {
  readonly sync: string;
  readonly id: string;
  readonly epoch: number;
}

export type HeldAnswer =
  | { readonly approvedBy: string }
  | { readonly status: 'cancelled'; readonly result: RunResult };

export type RunChanges = Partial<
  Pick<
    Run,
    'phase' | 'snapshot' | 'plan' | 'batchLimits' | 'stop' | 'result' | 'markerSeen' | 'status'
  >
> & { readonly at: number };

/** A chunk message with its lane; messages of one lane are taken one after the other. */
export interface ChunkSend {
  readonly message: ChunkMessage;
  readonly lane: string;
  /** The same within five minutes is sent once; undefined: always sent. */
  readonly once: string | undefined;
}

export interface Queue {
  sendPlan(message: RunMessage): Promise<void>;
  /** At most 900 seconds later. */
  sendClose(message: RunMessage, delaySeconds?: number): Promise<void>;
  sendChunks(chunks: readonly ChunkSend[]): Promise<void>;
}

/** A message that failed on every try. */
export interface DeadLetter {
  readonly queue: DeadLetterQueue;
  /** Unlike any other's. */
  readonly id: string;
  /** By which the queue knows who took it. */
  readonly receipt: string;
  readonly sentAt: number;
  readonly body: string;
}

export interface DeadLetters {
  /** Some of those there are. What is not done within a few minutes is taken again. */
  take(): Promise<DeadLetter[]>;
  done(letter: DeadLetter): Promise<void>;
}

/** Tells whoever answers for the audience. */
export interface Alerts {
  /** @throws PassingError `alert-refused` */
  raise(alert: Alert): Promise<void>;
}

/** One circuit a destination. */
export interface CircuitStore {
  get(destination: string): Promise<Circuit | undefined>;
  /** Writes `next` where the circuit is still as it `was`; undefined stands for a closed one. */
  swap(destination: string, was: Circuit | undefined, next: Circuit | undefined): Promise<boolean>;
}
