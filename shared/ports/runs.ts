/**
 * Runs, the state of syncs between them, pending chunks, and circuits.
 *
 * Each method is one strongly consistent read, or one conditional write of one item: nothing in between can be seen or
 * lost. Only `listStates`, `getStatesBetween`, `pageRuns`, `createRun`, `listPending` and `putPending` take several, and say what may come between. A write that fails may
 * have been done all the same, so each is safe to repeat; none waits. All reject where the table cannot be reached. Reading
 * one thing throws StoredError where it can't be read; lists set it aside.
 */
import type { PendingChunk } from '../contracts/chunk.ts';
import type { Circuit } from '../contracts/circuit.ts';
import type { Claim } from '../contracts/claim.ts';
import type { MirrorPointer } from '../contracts/mirror.ts';
import type { Run, RunPhase, RunResult, SendPhase } from '../contracts/run.ts';
import type { Lease, SyncState, Tidied } from '../contracts/sync-state.ts';
import type { Listed, Page, Unreadable } from './listed.ts';

/** A sync with a lease that a run holds. */
export interface OpenRun extends Lease {
  readonly sync: string;
}

/** By id of their sync. */
export interface States {
  readonly states: ReadonlyMap<string, SyncState>;
  readonly unreadable: readonly Unreadable[];
}

/** What outlives the runs of a sync: its lease, its epoch, and the pointer to its mirror. */
export interface SyncStates {
  getState(sync: string): Promise<SyncState>;
  /**
   * Of all syncs that ever had a run, in order of their ids. Those with an open run are sweep's work list. Read in pages:
   * each state is as it was at some moment of the reading.
   */
  listStates(): Promise<States>;
  /** Of those from one id to another, both included, that ever had a run. */
  getStatesBetween(first: string, last: string): Promise<States>;
  /**
   * Takes the lease and counts the epoch up; undefined where another run holds it, or a later one held it since.
   * Again by its holder: the same answer.
   */
  claimLease(run: OpenRun): Promise<SyncState | undefined>;
  /**
   * Frees the lease of a closed run and moves the pointer, in one write after a read. Does nothing where this run does not hold it.
   */
  freeLease(
    run: RunKey & Pick<Run, 'markerSeen' | 'closedAt' | 'task' | 'snapshot'>,
    result: RunResult,
  ): Promise<void>;
  /**
   * Nobody takes the lease until it is let go, or the claim is over: the sync is being moved or removed. False where a
   * run is open, or another claims it so.
   */
  pauseStarts(sync: string, claim: Claim, now: number): Promise<boolean>;
  resumeStarts(sync: string, claim: Claim): Promise<void>;
  /**
   * Forgets mirror and pointer: the next run is a first run. False where a run is open. A state that can't be read is
   * made anew.
   */
  forgetMirror(sync: string): Promise<boolean>;

  /** The mirror of a state that went back, and the epoch it goes on from. False where it did not, or a run is open. */
  recoverMirror(sync: string, mirror: MirrorPointer, epoch: number): Promise<boolean>;

  /** Notes on a sync that had a run when it was last tidied. */
  noteTidied(sync: string, tidied: Tidied): Promise<void>;
  /** False where `stale` is no longer since what it `was`; also for a sync that never ran. */
  keepStale(
    sync: string,
    was: number | undefined,
    stale: NonNullable<SyncState['stale']>,
  ): Promise<boolean>;
}

/** Runs and their steps. */
export interface Runs {
  /** False where the run exists. Its place among the runs of all syncs is written first. */
  createRun(run: Run): Promise<boolean>;
  getRun(sync: string, run: string): Promise<Run | undefined>;
  /** Of all syncs, newest first; `after`: the `next` of the page before. A page may have fewer than `limit`. */
  pageRuns(limit: number, after?: string): Promise<Page<Run>>;
  /** Newest first; `before`: only those older than this run. */
  listRuns(sync: string, limit: number, before?: string): Promise<Listed<Run>>;
  /** Takes away a run that can't be read; false where it can, where there is none, or where a later release wrote it. */
  discardRun(sync: string, run: string): Promise<boolean>;
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
  /** The claim ends at another moment, where it is still this one's. */
  endClaimAt(run: RunKey, claim: Claim, until: number): Promise<void>;
}

/** What of a run is still to be sent. */
export interface PendingChunks {
  /** In batches, in no order: who fails has written some, and repeats all. Over what is there. */
  putPending(run: RunKey, attempt: string, chunks: readonly PendingChunk[]): Promise<void>;
  getPending(
    run: RunKey,
    attempt: string,
    phase: SendPhase,
    chunk: number,
  ): Promise<PendingChunk | undefined>;
  /**
   * In order of their numbers, at most `limit`; the id of one that can't be read is its number. Complete where nobody puts
   * chunks of this attempt meanwhile.
   */
  listPending(
    run: RunKey,
    attempt: string,
    phase: SendPhase,
    limit?: number,
  ): Promise<Listed<PendingChunk>>;
  /**
   * Takes a chunk and counts the try, as it was before; undefined where it is settled or someone else has it.
   * `due`: also where the platform asked to be left alone for longer.
   */
  claimChunk(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk'>,
    claim: Claim,
    now: number,
    when: 'due' | 'any',
  ): Promise<PendingChunk | undefined>;
  /** Lets go of a chunk whose progress is stored. Without `accepted` that stays as it was. */
  releaseChunk(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk' | 'clean' | 'waitUntil' | 'accepted'>,
    claim: Claim,
  ): Promise<void>;
  /** As `endClaimAt`, of a chunk. */
  endChunkClaimAt(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk'>,
    claim: Claim,
    until: number,
  ): Promise<void>;
  /** The chunk is settled; its outcomes must be stored before. */
  deletePending(
    run: RunKey,
    attempt: string,
    chunk: Pick<PendingChunk, 'phase' | 'chunk'>,
  ): Promise<void>;
}

export interface RunStore extends SyncStates, Runs, PendingChunks {}

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
    | 'phase'
    | 'snapshot'
    | 'plan'
    | 'batchLimits'
    | 'accepted'
    | 'waiting'
    | 'warnings'
    | 'stop'
    | 'result'
    | 'markerSeen'
    | 'status'
    | 'startedAt'
    | 'movedAt'
    | 'deadline'
  >
> & { readonly at: number };

/** One circuit a destination. */
export interface CircuitStore {
  get(destination: string): Promise<Circuit | undefined>;
  /** Writes `next` where the circuit is still as it `was`; undefined stands for a closed one. */
  swap(destination: string, was: Circuit | undefined, next: Circuit | undefined): Promise<boolean>;
}
