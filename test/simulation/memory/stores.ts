/** In-memory stand-ins of the stores. The contract suite holds them equal to the AWS adapters. */

import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import type { PendingChunk } from '../../../shared/contracts/chunk.ts';
import type { Circuit } from '../../../shared/contracts/circuit.ts';
import type { Claim } from '../../../shared/contracts/claim.ts';
import type { Run, RunPhase } from '../../../shared/contracts/run.ts';
import type { SyncState } from '../../../shared/contracts/sync-state.ts';
import { historyUntil } from '../../../shared/domain/run/retention.ts';
import { stateChanges } from '../../../shared/domain/run/run.ts';
import { leftMs, longestWaitMs } from '../../../shared/domain/words/clock.ts';
import type { LocalFile, LogStore, StateStore } from '../../../shared/ports/objects.ts';
import type { CircuitStore, OpenRun, RunKey, RunStore } from '../../../shared/ports/runs.ts';
import { unreadable } from '../../../shared/stored.ts';

const isFree = (claim: Claim | undefined, now: number, by: string) =>
  !claim || claim.until < now || claim.by === by;

export class MemoryRunStore implements RunStore {
  readonly states = new Map<string, SyncState>();
  readonly runs = new Map<string, Run>();
  /** Told of the sync whose lease was freed. */
  onFreed: (sync: string) => void = () => {};
  readonly pending = new Map<string, PendingChunk>();
  /** When the item of a run may go. */
  readonly expiries = new Map<string, number>();

  async getState(sync: string): Promise<SyncState> {
    return this.#state(sync);
  }

  #state(sync: string): SyncState {
    return this.states.get(sync) ?? { epoch: 0, marker: false };
  }

  async listStates() {
    return { states: new Map(sorted(this.states)), unreadable: [] };
  }

  async getStatesBetween(first: string, last: string) {
    const states = sorted(this.states).filter(([sync]) => sync >= first && sync <= last);
    return { states: new Map(states), unreadable: [] };
  }

  async claimLease({ sync, ...openRun }: OpenRun): Promise<SyncState | undefined> {
    const state = this.#state(sync);
    if (state.openRun) return state.openRun.run === openRun.run ? state : undefined;
    if (state.moved && state.moved.until >= openRun.startedAt) return undefined;
    if (state.lastRun !== undefined && state.lastRun >= openRun.run) return undefined;
    const taken = { ...state, openRun, epoch: state.epoch + 1 };
    this.states.set(sync, taken);
    return taken;
  }

  async freeLease(...[run, result]: Parameters<RunStore['freeLease']>): Promise<void> {
    const state = this.#state(run.sync);
    if (state.openRun?.run !== run.id || state.epoch !== run.epoch) return;
    const { set, remove } = stateChanges(run, result, state);
    const { openRun: _, ...next } = { ...state, ...set };
    for (const name of remove) Reflect.deleteProperty(next, name);
    this.states.set(run.sync, next);
    this.onFreed(run.sync);
  }

  async pauseStarts(...[sync, claim, now]: Parameters<RunStore['pauseStarts']>): Promise<boolean> {
    const { moved, ...state } = this.#state(sync);
    const isFree = !state.openRun && (!moved || moved.until < now);
    if (!isFree && moved?.by !== claim.by) return false;
    this.states.set(sync, { ...state, moved: claim });
    return true;
  }

  async resumeStarts(...[sync, claim]: Parameters<RunStore['resumeStarts']>): Promise<void> {
    const { moved, ...state } = this.#state(sync);
    if (moved?.by === claim.by) this.states.set(sync, state);
  }

  async forgetMirror(sync: string): Promise<boolean> {
    const {
      openRun,
      mirror: _m,
      mirrored: _d,
      dataAt: _at,
      setAside: _a,
      outdated: _o,
      ...kept
    } = this.#state(sync);
    if (openRun) return false;
    this.states.set(sync, { ...kept, epoch: kept.epoch + 1 });
    return true;
  }

  async recoverMirror(...[sync, mirror, epoch]: Parameters<RunStore['recoverMirror']>) {
    const { mirrored: _d, dataAt: _at, setAside: _a, outdated, ...kept } = this.#state(sync);
    if (kept.openRun || !outdated) return false;
    this.states.set(sync, { ...kept, mirror, epoch });
    return true;
  }

  async noteTidied(...[sync, tidied]: Parameters<RunStore['noteTidied']>): Promise<void> {
    const state = this.states.get(sync);
    if (state) this.states.set(sync, { ...state, tidied });
  }

  async keepStale(...[sync, was, stale]: Parameters<RunStore['keepStale']>): Promise<boolean> {
    const state = this.#state(sync);
    if (state.stale && state.stale.since !== was) return false;
    this.states.set(sync, { ...state, stale });
    return true;
  }

  async createRun(run: Run): Promise<boolean> {
    const name = nameOf(run);
    if (this.runs.has(name)) return false;
    this.runs.set(name, run);
    this.#expireSpare(run);
    return true;
  }

  async getRun(sync: string, run: string): Promise<Run | undefined> {
    return this.runs.get(`${sync}/${run}`);
  }

  async pageRuns(limit: number, after?: string) {
    const placeOf = ({ id, sync }: Run) => `${id}#${sync}`;
    const left = [...this.runs.values()]
      .filter((run) => after === undefined || placeOf(run) < after)
      .sort((a, b) => (placeOf(a) < placeOf(b) ? 1 : -1));
    const items = left.slice(0, limit);
    const last = items.at(-1);
    const page = { items, unreadable: [] };
    return last && left.length > limit ? { ...page, next: placeOf(last) } : page;
  }

  async listRuns(sync: string, limit: number, before?: string) {
    const items = sorted(this.runs)
      .filter(([, run]) => run.sync === sync && (before === undefined || run.id < before))
      .map(([, run]) => run)
      .reverse()
      .slice(0, limit);
    return { items, unreadable: [] };
  }

  async discardRun(): Promise<boolean> {
    return false;
  }

  async moveRun(
    ...[key, from, { at, ...changes }]: Parameters<RunStore['moveRun']>
  ): Promise<boolean> {
    const run = this.#inPhase(key, from);
    if (!run) return false;
    const entersPhase = changes.phase !== undefined && !from.includes(changes.phase);
    const { claim, ...rest } = run;
    this.runs.set(nameOf(run), {
      ...rest,
      ...(claim && !entersPhase && { claim }),
      ...changes,
      ...(entersPhase && { movedAt: at, attempts: 0, [`${changes.phase}At`]: at }),
    });
    const moved = this.runs.get(nameOf(run));
    if (moved && entersPhase) this.#expireSpare(moved);
    return true;
  }

  /** A run that left a mirror stays for as long as that does. */
  #expireSpare(run: Run): void {
    if (run.phase === 'closed' && !run.result?.mirror)
      this.expiries.set(nameOf(run), historyUntil(run));
  }

  async claimRun(
    ...[key, phase, claim, now]: Parameters<RunStore['claimRun']>
  ): Promise<Run | undefined> {
    const run = this.#inPhase(key, [phase]);
    if (!run || !isFree(run.claim, now, claim.by)) return undefined;
    const claimed = { ...run, claim, attempts: run.attempts + 1 };
    this.runs.set(nameOf(run), claimed);
    return claimed;
  }

  async answerHeld(...[key, was, answer]: Parameters<RunStore['answerHeld']>): Promise<boolean> {
    const run = this.#inPhase(key, ['closed']);
    if (run?.status !== 'held' || run.approvedBy !== was) return false;
    this.runs.set(nameOf(run), { ...run, ...answer });
    return true;
  }

  async expireRun(key: RunKey, at: number): Promise<void> {
    if (this.#inPhase(key, ['closed'])) this.expiries.set(nameOf(key), at);
  }

  async releaseRun(key: RunKey, { by }: Claim): Promise<void> {
    const run = this.runs.get(nameOf(key));
    if (run?.claim?.by !== by) return;
    const { claim: _, ...rest } = run;
    this.runs.set(nameOf(key), rest);
  }

  async endClaimAt(...[key, { by }, until]: Parameters<RunStore['endClaimAt']>): Promise<void> {
    const run = this.runs.get(nameOf(key));
    if (run?.claim?.by === by) this.runs.set(nameOf(key), { ...run, claim: { by, until } });
  }

  async putPending(...[run, attempt, chunks]: Parameters<RunStore['putPending']>): Promise<void> {
    for (const chunk of chunks) this.pending.set(pendingName(run, attempt, chunk), chunk);
  }

  async getPending(...[run, attempt, phase, chunk]: Parameters<RunStore['getPending']>) {
    return this.pending.get(pendingName(run, attempt, { phase, chunk }));
  }

  async listPending(...[run, attempt, phase, limit]: Parameters<RunStore['listPending']>) {
    const prefix = `${run.id}#${attempt}#${phase}#`;
    const items = sorted(this.pending)
      .filter(([name]) => name.startsWith(prefix))
      .map(([, chunk]) => chunk)
      .slice(0, limit);
    return { items, unreadable: [] };
  }

  async claimChunk(...[run, attempt, chunk, claim, now, when]: Parameters<RunStore['claimChunk']>) {
    const name = pendingName(run, attempt, chunk);
    const before = this.pending.get(name);
    if (!before || !isFree(before.claim, now, claim.by)) return undefined;
    if (when === 'due' && leftMs(before.waitUntil ?? 0, longestWaitMs, now) > 0) return undefined;
    const { waitUntil: _, ...rest } = before;
    this.pending.set(name, { ...rest, claim, clean: false, tries: before.tries + 1 });
    return before;
  }

  async releaseChunk(...[run, attempt, chunk, claim]: Parameters<RunStore['releaseChunk']>) {
    const name = pendingName(run, attempt, chunk);
    const before = this.pending.get(name);
    if (before?.claim?.by !== claim.by) return;
    const { claim: _, ...rest } = before;
    const { clean, waitUntil, accepted } = chunk;
    this.pending.set(name, {
      ...rest,
      clean,
      ...(waitUntil !== undefined && { waitUntil }),
      ...(accepted && { accepted }),
    });
  }

  async endChunkClaimAt(
    ...[run, attempt, chunk, { by }, until]: Parameters<RunStore['endChunkClaimAt']>
  ) {
    const name = pendingName(run, attempt, chunk);
    const before = this.pending.get(name);
    if (before?.claim?.by === by) this.pending.set(name, { ...before, claim: { by, until } });
  }

  async deletePending(...[run, attempt, chunk]: Parameters<RunStore['deletePending']>) {
    this.pending.delete(pendingName(run, attempt, chunk));
  }

  #inPhase(key: RunKey, phases: readonly RunPhase[]): Run | undefined {
    const run = this.runs.get(nameOf(key));
    return run && run.epoch === key.epoch && phases.includes(run.phase) ? run : undefined;
  }
}

export class MemoryCircuitStore implements CircuitStore {
  readonly circuits = new Map<string, Circuit>();

  async get(destination: string): Promise<Circuit | undefined> {
    return this.circuits.get(destination);
  }

  async swap(...[destination, was, next]: Parameters<CircuitStore['swap']>): Promise<boolean> {
    const is = this.circuits.get(destination);
    if (is?.openUntil !== was?.openUntil || is?.probes !== was?.probes) return false;
    if (next) this.circuits.set(destination, next);
    else this.circuits.delete(destination);
    return true;
  }
}

const nameOf = ({ sync, id }: { sync: string; id: string }) => `${sync}/${id}`;

export const pendingName = (
  run: RunKey,
  attempt: string,
  { phase, chunk }: Pick<PendingChunk, 'phase' | 'chunk'>,
) => `${run.id}#${attempt}#${phase}#${String(chunk).padStart(7, '0')}`;

/** The order of S3; that of JavaScript's texts is another. */
export const byBytes = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

const sorted = <T>(map: ReadonlyMap<string, T>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));

export class MemoryStateStore implements LogStore {
  readonly objects = new Map<string, Uint8Array>();
  /** Told of what goes before it does. */
  onDelete: (keys: readonly string[]) => void = () => {};
  /** Told of each object that is written, and of which it is a copy. */
  onWrite: (key: string, body: Uint8Array, from?: string) => void = () => {};

  #set(key: string, body: Uint8Array, from?: string): void {
    this.onWrite(key, body, from);
    this.objects.set(key, body);
  }

  async put(key: string, body: Uint8Array): Promise<void> {
    this.#set(key, Uint8Array.from(body));
  }

  async putIfAbsent(key: string, body: Uint8Array | LocalFile): Promise<boolean> {
    const bytes = body instanceof Uint8Array ? Uint8Array.from(body) : await readFile(body.file);
    if (this.objects.has(key)) return false;
    this.#set(key, bytes);
    return true;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    const body = this.objects.get(key);
    return body && Uint8Array.from(body);
  }

  async list(prefix: string): Promise<string[]> {
    return [...this.objects.keys()].filter((key) => key.startsWith(prefix)).sort(byBytes);
  }

  async delete(keys: readonly string[]): Promise<void> {
    this.onDelete(keys);
    for (const key of keys) this.objects.delete(key);
  }

  async copy(from: string, to: string): Promise<boolean> {
    const body = this.objects.get(from);
    if (body) this.#set(to, body, from);
    return body !== undefined;
  }

  async upload(key: string, file: string): Promise<void> {
    this.#set(key, await readFile(file));
  }

  async download(key: string, file: string): Promise<void> {
    const body = this.objects.get(key);
    if (!body) throw unreadable(key, 'it is gone');
    await writeFile(file, body);
  }

  async tag(key: string): Promise<string | undefined> {
    return this.#tag(key);
  }

  #tag(key: string): string | undefined {
    const body = this.objects.get(key);
    return body && `"${createHash('md5').update(body).digest('hex')}"`;
  }

  async replace(...[key, tag, body]: Parameters<StateStore['replace']>): Promise<boolean> {
    const next = body instanceof Uint8Array ? Uint8Array.from(body) : await readFile(body.file);
    if (this.#tag(key) !== tag) return false;
    this.#set(key, next);
    return true;
  }
}
