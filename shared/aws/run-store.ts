/**
 * Runs in the table. Partitions:
 * - `STATES`: an item a sync (lease, epoch, mirror pointer); one query finds every open run
 * - `SYNC#{sync}`: `RUN#{run}`, which sort by time
 * - `RUNS`: `{run}#{sync}`, the same of all syncs
 * - `RUN#{run}`: `{attempt}#{phase}#{chunk}`, the chunks that are not settled
 */
import { z } from 'zod';
import { PendingChunk } from '../contracts/chunk.ts';
import type { Claim } from '../contracts/claim.ts';
import { Run, type RunPhase, type RunResult, type SendPhase } from '../contracts/run.ts';
import { SyncState } from '../contracts/sync-state.ts';
import { historyUntil } from '../domain/run/retention.ts';
import { stateChanges } from '../domain/run/run.ts';
import { clockToleranceMs, longestWaitMs } from '../domain/words/clock.ts';
import { StoredError, summarise } from '../domain/words/errors.ts';
import type { Listed, Page, Unreadable } from '../ports/listed.ts';
import type { OpenRun, PendingChunks, RunKey, RunStore, Runs, SyncStates } from '../ports/runs.ts';
import { type Found, type Items, type UnreadableItem, unreadableOf } from './items.ts';

const states = 'STATES';
const syncKey = (sync: string) => `SYNC#${sync}`;
const stateKey = (sync: string) => ({ pk: states, sk: sync });
const runPrefix = 'RUN#';
const runKey = (sync: string, run: string) => ({ pk: syncKey(sync), sk: `${runPrefix}${run}` });
const chunkPrefix = (attempt: string, phase: SendPhase) => `${attempt}#${phase}#`;
const pendingKey = (run: string, attempt: string, phase: SendPhase, chunk: number) => ({
  pk: `RUN#${run}`,
  sk: `${chunkPrefix(attempt, phase)}${String(chunk).padStart(7, '0')}`,
});

/** Free, or free again, or this very claim's already: the client repeats a write whose answer was lost. */
/** A wait that seems to be longer than any is of a clock that was set back since: `leftMs` of the domain. */
const isDue = '(attribute_not_exists(waitUntil) OR NOT waitUntil BETWEEN :next AND :last)';
const isFree = '(attribute_not_exists(#claim) OR #claim.#until < :now OR #claim.#by = :by)';
const claimNames = { '#claim': 'claim', '#until': 'until', '#by': 'by' };
const isMine = '#claim.#by = :by';
const isNotMoved = '(attribute_not_exists(#moved) OR #moved.#until < :now)';

const endsAt = ({ by }: Claim, until: number) => ({
  set: { claim: { by, until } },
  when: isMine,
  names: { '#claim': 'claim', '#by': 'by' },
  values: { ':by': by },
});

/** A state names its sync, for those who read them all. Written with the lease, which is always first. */
const StateItem = SyncState.extend({ sync: z.string() });
const stateOf = ({ sync: _, ...state }: z.infer<typeof StateItem>): SyncState => state;

/** Configurations live as long as runs are looked at; pending items of lost attempts expire. */
const pendingDays = 30;

const seconds = (at: number) => Math.ceil(at / 1_000);

/** A run that left a mirror stays for as long as that does. */
const expiry = (closedAt: number | undefined) =>
  closedAt === undefined ? undefined : seconds(historyUntil({ closedAt }));

/** Where a run stands among those of all syncs: it may go once the run may. */
const Place = z.object({ sync: z.string(), run: z.string() });
const allRuns = 'RUNS';
const placeOf = ({ sync, id }: Pick<Run, 'sync' | 'id'>) => ({ pk: allRuns, sk: `${id}#${sync}` });
const placeUntil = ({ deadline }: Run) => seconds(historyUntil({ closedAt: deadline }));

/** @throws what is no fault of the run's item */
const setAside =
  (id: string) =>
  (error: unknown): Unreadable => {
    if (!(error instanceof StoredError)) throw error;
    return { id, error: summarise(error) };
  };

const listed = <T>(
  { items, unreadable }: Found<T>,
  idOf: (item: UnreadableItem) => string,
): Listed<T> => ({
  items,
  unreadable: unreadable.map((each) => ({ ...unreadableOf(each), id: idOf(each) })),
});

export const createRunStore = (items: Items): RunStore => ({
  ...syncStates(items),
  ...runsIn(items),
  ...pendingChunks(items),
});

const syncStates = (items: Items): SyncStates => ({
  getState: async (sync) => {
    const found = await items.get(StateItem, stateKey(sync));
    return found ? stateOf(found) : { epoch: 0, marker: false };
  },
  listStates: async () => {
    const found = await items.query(StateItem, states, '');
    return {
      states: new Map(found.items.map((item) => [item.sync, stateOf(item)])),
      unreadable: found.unreadable.map(unreadableOf),
    };
  },
  async getStatesBetween(first, last) {
    const found = await items.between(StateItem, states, first, last);
    return {
      states: new Map(found.items.map((item) => [item.sync, stateOf(item)])),
      unreadable: found.unreadable.map(unreadableOf),
    };
  },
  claimLease: (run) => claimLease(items, run),
  freeLease: (run, result) => freeLease(items, run, result),
  async pauseStarts(sync, claim, now) {
    const paused = await items.update(StateItem.partial(), stateKey(sync), {
      set: { sync, moved: claim },
      add: { epoch: 0 },
      when: `attribute_not_exists(#open) AND ${isNotMoved} OR #moved.#by = :by`,
      names: { '#open': 'openRun', '#moved': 'moved', '#until': 'until', '#by': 'by' },
      values: { ':now': now, ':by': claim.by },
    });
    return paused !== undefined;
  },
  async resumeStarts(sync, { by }) {
    await items.update(StateItem.partial(), stateKey(sync), {
      remove: ['moved'],
      when: '#moved.#by = :by',
      names: { '#moved': 'moved', '#by': 'by' },
      values: { ':by': by },
    });
  },
  forgetMirror: (sync) => forgetMirror(items, sync),
  async recoverMirror(sync, mirror, epoch) {
    const recovered = await items.update(StateItem.partial(), stateKey(sync), {
      set: { mirror, epoch },
      remove: ['mirrored', 'dataAt', 'setAside', 'outdated'],
      when: 'attribute_not_exists(#open) AND attribute_exists(#outdated)',
      names: { '#open': 'openRun', '#outdated': 'outdated' },
    });
    return recovered !== undefined;
  },
  async keepStale(sync, was, stale) {
    const kept = await items.update(StateItem.partial(), stateKey(sync), {
      set: { sync, stale },
      add: { epoch: 0 },
      when:
        was === undefined
          ? 'attribute_not_exists(#stale)'
          : 'attribute_not_exists(#stale) OR #stale.#since = :was',
      names: { '#stale': 'stale', ...(was !== undefined && { '#since': 'since' }) },
      ...(was !== undefined && { values: { ':was': was } }),
    });
    return kept !== undefined;
  },

  async noteTidied(sync, tidied) {
    await items.update(StateItem, stateKey(sync), {
      set: { tidied },
      when: 'attribute_exists(#epoch)',
      names: { '#epoch': 'epoch' },
    });
  },
});

const runsIn = (items: Items): Runs => ({
  async createRun(run) {
    // Whoever dies in between leaves a place without a run, which is passed over.
    await items.put(
      Place,
      placeOf(run),
      { sync: run.sync, run: run.id },
      { expiresAt: placeUntil(run) },
    );
    return items.put(Run, runKey(run.sync, run.id), run, {
      when: 'attribute_not_exists(pk)',
      expiresAt: expiry(run.phase === 'closed' ? run.closedAt : undefined),
    });
  },
  pageRuns: (limit, after) => pageRuns(items, limit, after),
  getRun: (sync, run) => items.get(Run, runKey(sync, run)),
  listRuns: async (sync, limit, before) =>
    listed(
      await items.query(Run, syncKey(sync), runPrefix, {
        limit,
        newestFirst: true,
        after: before === undefined ? undefined : `${runPrefix}${before}`,
      }),
      ({ key }) => key.sk.slice(runPrefix.length),
    ),
  discardRun: (sync, run) => items.discard(Run, runKey(sync, run)),
  async moveRun(run, from, { at, ...changes }) {
    const entersPhase = changes.phase !== undefined && !from.includes(changes.phase);
    const moved = await items.update(Run, runKey(run.sync, run.id), {
      set: {
        ...changes,
        ...(entersPhase && { movedAt: at, attempts: 0, [`${changes.phase}At`]: at }),
      },
      expiresAt: changes.phase === 'closed' && !changes.result?.mirror ? expiry(at) : undefined,
      remove: entersPhase ? ['claim'] : [],
      ...inPhase(run, from),
    });
    return moved !== undefined;
  },
  claimRun: (run, phase, claim, now) => {
    const { when, names, values } = inPhase(run, [phase]);
    return items.update(Run, runKey(run.sync, run.id), {
      set: { claim },
      add: { attempts: 1 },
      when: `${when} AND ${isFree}`,
      names: { ...names, ...claimNames },
      values: { ...values, ':now': now, ':by': claim.by },
    });
  },
  async answerHeld(run, was, answer) {
    const { when, names, values } = inPhase(run, ['closed']);
    const isAsItWas =
      was === undefined ? 'attribute_not_exists(#approvedBy)' : '#approvedBy = :was';
    const answered = await items.update(Run, runKey(run.sync, run.id), {
      set: answer,
      when: `${when} AND #status = :held AND ${isAsItWas}`,
      names: { ...names, '#status': 'status', '#approvedBy': 'approvedBy' },
      values: { ...values, ':held': 'held', ...(was !== undefined && { ':was': was }) },
    });
    return answered !== undefined;
  },
  async expireRun(run, at) {
    await items.update(Run, runKey(run.sync, run.id), {
      expiresAt: seconds(at),
      ...inPhase(run, ['closed']),
    });
  },
  async releaseRun(run, claim) {
    await items.update(Run, runKey(run.sync, run.id), {
      remove: ['claim'],
      when: isMine,
      names: { '#claim': 'claim', '#by': 'by' },
      values: { ':by': claim.by },
    });
  },

  async endClaimAt(run, claim, until) {
    await items.update(Run, runKey(run.sync, run.id), endsAt(claim, until));
  },
});

async function pageRuns(
  items: Items,
  limit: number,
  after: string | undefined,
): Promise<Page<Run>> {
  const options = { limit, newestFirst: true, after };
  const { items: places, next } = await items.page(Place, allRuns, options);
  const found = await Promise.all(
    places.map(({ sync, run }) => items.get(Run, runKey(sync, run)).catch(setAside(run))),
  );
  const isRun = (each: Run | Unreadable): each is Run => 'phase' in each;
  const there = found.flatMap((each) => each ?? []);
  const page = {
    items: there.filter(isRun),
    unreadable: there.flatMap((each) => (isRun(each) ? [] : [each])),
  };
  return next === undefined ? page : { ...page, next };
}

const pendingChunks = (items: Items): PendingChunks => ({
  putPending: (run, attempt, chunks) =>
    items.putAll(
      PendingChunk,
      chunks.map((chunk) => [pendingKey(run.id, attempt, chunk.phase, chunk.chunk), chunk]),
      Math.floor(Date.now() / 1000) + pendingDays * 86_400,
    ),
  getPending: (run, attempt, phase, chunk) =>
    items.get(PendingChunk, pendingKey(run.id, attempt, phase, chunk)),
  listPending: async (run, attempt, phase, limit) => {
    const prefix = chunkPrefix(attempt, phase);
    const options = limit === undefined ? {} : { limit };
    return listed(await items.query(PendingChunk, `RUN#${run.id}`, prefix, options), ({ key }) =>
      String(Number(key.sk.slice(prefix.length))),
    );
  },
  claimChunk: (run, attempt, { phase, chunk }, claim, now, when) =>
    items.update(
      PendingChunk,
      pendingKey(run.id, attempt, phase, chunk),
      {
        set: { claim, clean: false },
        add: { tries: 1 },
        remove: ['waitUntil'],
        when: `attribute_exists(#pk) AND ${isFree}${when === 'due' ? ` AND ${isDue}` : ''}`,
        names: { '#pk': 'pk', ...claimNames },
        values: {
          ':now': now,
          ':by': claim.by,
          ...(when === 'due' && {
            ':next': now + 1,
            ':last': now + longestWaitMs + clockToleranceMs,
          }),
        },
      },
      'ALL_OLD',
    ),
  async releaseChunk(run, attempt, { phase, chunk, clean, waitUntil, accepted }, claim) {
    await items.update(PendingChunk, pendingKey(run.id, attempt, phase, chunk), {
      set: { clean, waitUntil, accepted },
      remove: ['claim'],
      when: isMine,
      names: { '#claim': 'claim', '#by': 'by' },
      values: { ':by': claim.by },
    });
  },
  async endChunkClaimAt(run, attempt, { phase, chunk }, claim, until) {
    const key = pendingKey(run.id, attempt, phase, chunk);
    await items.update(PendingChunk, key, endsAt(claim, until));
  },
  async deletePending(run, attempt, { phase, chunk }) {
    await items.remove(pendingKey(run.id, attempt, phase, chunk));
  },
});

async function forgetMirror(items: Items, sync: string): Promise<boolean> {
  const key = stateKey(sync);
  // Its epoch goes with it: the sync's objects tell that they are newer, and the next run is held.
  await items.getOrDrop(StateItem, key);
  const forgotten = await items.update(StateItem.partial(), key, {
    set: { sync },
    add: { epoch: 1 },
    remove: ['mirror', 'mirrored', 'dataAt', 'setAside', 'outdated'],
    when: 'attribute_not_exists(#open)',
    names: { '#open': 'openRun' },
  });
  return forgotten !== undefined;
}

/** Free, or this run's already: then the epoch stays as it counted. */
async function claimLease(items: Items, open: OpenRun): Promise<SyncState | undefined> {
  const { sync, ...openRun } = open;
  const taken = await items.update(StateItem, stateKey(sync), {
    set: { sync, openRun },
    add: { epoch: 1 },
    when: `attribute_not_exists(#open) AND ${isNotMoved} AND (attribute_not_exists(#last) OR #last < :run)`,
    names: { '#open': 'openRun', '#last': 'lastRun', '#moved': 'moved', '#until': 'until' },
    values: { ':run': open.run, ':now': open.startedAt },
  });
  const state = taken ?? (await items.get(StateItem, stateKey(sync)));
  return state?.openRun?.run === open.run ? stateOf(state) : undefined;
}

async function freeLease(
  items: Items,
  run: Parameters<RunStore['freeLease']>[0],
  result: RunResult,
): Promise<void> {
  // Nobody else writes what is read here while this run holds the lease.
  const before = await items.get(StateItem, stateKey(run.sync));
  if (before?.openRun?.run !== run.id) return;
  const { set, remove } = stateChanges(run, result, before);
  await items.update(StateItem, stateKey(run.sync), {
    set,
    remove: ['openRun', ...remove],
    when: '#open.#run = :run AND #epoch = :epoch',
    names: { '#open': 'openRun', '#run': 'run', '#epoch': 'epoch' },
    values: { ':run': run.id, ':epoch': run.epoch },
  });
}

function inPhase(run: RunKey, phases: readonly RunPhase[]) {
  return {
    when: `#epoch = :epoch AND #phase IN (${phases.map((_, i) => `:p${i}`).join(', ')})`,
    names: { '#epoch': 'epoch', '#phase': 'phase' },
    values: {
      ':epoch': run.epoch,
      ...Object.fromEntries(phases.map((phase, i) => [`:p${i}`, phase])),
    },
  };
}
