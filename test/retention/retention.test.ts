/** Which objects go, over any history of runs: nothing that is needed, everything else, and nothing the second time. */

import { expect, test } from 'vitest';
import {
  configObject,
  epochOfMirror,
  logObject,
  mirrorAttempt,
  mirrorObject,
  planObject,
  runOfObject,
} from '../../shared/contracts/layout.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import { Run, RunPhase } from '../../shared/contracts/run.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { SyncState } from '../../shared/contracts/sync-state.ts';
import { type Found, isLogOver, superfluous } from '../../shared/domain/run/retention.ts';
import fc from '../fast-check.ts';
import { mirrorAt } from '../mirror-at.ts';
import { noCounts } from '../no-counts.ts';

const sync = 's';
const dayMs = 86_400_000;

const ended = fc.record({
  phase: fc.constantFrom(...RunPhase.options, 'closed' as const, 'closed' as const),
  leavesMirror: fc.boolean(),
  isPlanned: fc.boolean(),
  isDelta: fc.boolean(),
});

/** One run an epoch; the last may be open, and the pointer names any mirror that is there. */
const histories = fc
  .record({
    ends: fc.array(ended, { minLength: 1, maxLength: 9 }),
    retain: fc.integer({ min: 1, max: 5 }),
    isOpen: fc.boolean(),
    pointsTo: fc.nat(),
    strays: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  })
  .map(({ ends, retain, isOpen, pointsTo, strays }): Found => {
    let last: MirrorPointer | undefined;
    const runs = ends.map((end, at) => {
      const run = runOf(at + 1, end, isOpen && at + 1 === ends.length, last);
      last = run.result?.mirror ?? last;
      return run;
    });
    const left = runs.flatMap(({ result }) => result?.mirror ?? []);
    const mirror = left[pointsTo % Math.max(1, left.length)];
    const newest = runs.at(-1);
    const openRun = isOpen && newest && { run: newest.id, trigger: 'manual', startedAt: 0 };
    return {
      sync,
      retain,
      state: SyncState.parse({
        epoch: ends.length,
        ...(mirror && { mirror }),
        ...(openRun && { openRun }),
      }),
      runs: new Map(runs.map((run) => [run.id, run])),
      mirrors: [
        ...new Set(left.flatMap(objectsOf)),
        ...strays.map((epoch) => mirrorObject(mirrorAttempt(sync, epoch, 'c9'), 'base')),
      ],
      objects: runs.flatMap(({ id }) => [
        configObject(sync, id),
        planObject(sync, id, 'p1'),
        planObject(sync, id, 'p2'),
      ]),
    };
  });

function runOf(
  epoch: number,
  {
    phase,
    leavesMirror,
    isPlanned,
    isDelta,
  }: typeof ended extends fc.Arbitrary<infer T> ? T : never,
  isOpen: boolean,
  before: MirrorPointer | undefined,
): Run {
  const isClosed = phase === 'closed' && !isOpen;
  const attempt = mirrorAttempt(sync, epoch, 'c1');
  const own = mirrorAt(mirrorObject(attempt, isDelta && before ? 'delta' : 'base'), { epoch });
  const mirror =
    isDelta && before
      ? { ...own, base: before.base, deltas: [...before.deltas, ...own.base] }
      : own;
  return Run.parse({
    sync,
    id: `run${epoch}`,
    epoch,
    trigger: 'manual',
    phase: isOpen && phase === 'closed' ? 'closing' : phase,
    startedAt: 0,
    movedAt: 0,
    deadline: 0,
    attempts: 0,
    ...(isPlanned && {
      plan: { attempt: 'p1', chunks: { deleting: 0, upserting: 0 }, counts: noCounts },
    }),
    ...(isClosed && leavesMirror && { closingAt: 1 }),
    ...(isClosed && {
      status: 'succeeded',
      result: { status: 'succeeded', ...(leavesMirror && { mirror }) },
    }),
  });
}

/** What was taken out of them is noted beside them. */
const objectsOf = ({ base, deltas }: MirrorPointer) =>
  [...base, ...deltas].flatMap(({ location }) => [location, `${location}.erased.json`]);

/** In other words than the product's. */
function needed({ state, runs, retain }: Found) {
  const left = [...runs.values()]
    .flatMap((run) => run ?? [])
    .filter(({ result }) => result?.mirror)
    .sort((a, b) => b.epoch - a.epoch)
    .slice(0, retain);
  // Beyond the pointer, what no run of the table came to write.
  const isOfAnotherTable = (epoch: number) =>
    epoch > (state.mirror?.epoch ?? 0) &&
    [...runs.values()].every((run) => run?.epoch !== epoch || run.closingAt === undefined);
  const isOver = (id: string | undefined) =>
    id !== undefined && runs.get(id)?.phase === 'closed' && state.openRun?.run !== id;
  return {
    mirror: (key: string) =>
      [state.mirror, ...left.map(({ result }) => result?.mirror)].some(
        (pointer) => pointer && objectsOf(pointer).includes(key),
      ) ||
      (epochOfMirror(key) ?? 0) > state.epoch ||
      isOfAnotherTable(epochOfMirror(key) ?? 0) ||
      (state.openRun !== undefined && epochOfMirror(key) === state.epoch),
    object: (key: string) => {
      const id = runOfObject(sync, key);
      const isOfLast = left.some((run) => run.id === id && run.plan);
      return !isOver(id) || (isOfLast && !key.includes('/p2/'));
    },
  };
}

test('what the pointer, an open run or the last runs need stays; every other mirror goes', () => {
  fc.assert(
    fc.property(histories, (found) => {
      const going = superfluous(found);
      const { mirror, object } = needed(found);
      expect(going.mirrors).toEqual(found.mirrors.filter((key) => !mirror(key)));
      expect(going.objects.filter(object)).toEqual([]);
      for (const key of going.objects) expect(found.objects).toContain(key);
    }),
  );
});

test('once gone, nothing more goes; and who keeps more lets less go', () => {
  fc.assert(
    fc.property(histories, (found) => {
      const going = superfluous(found);
      const left = (keys: readonly string[], gone: readonly string[]) =>
        keys.filter((key) => !gone.includes(key));
      const again = superfluous({
        ...found,
        mirrors: left(found.mirrors, going.mirrors),
        objects: left(found.objects, going.objects),
      });
      expect([again.mirrors, again.objects]).toEqual([[], []]);
      const longer = superfluous({ ...found, retain: found.retain + 1 });
      for (const kind of ['mirrors', 'objects'] as const)
        expect(going[kind]).toEqual(expect.arrayContaining([...longer[kind]]));
    }),
  );
});

test('a log is over its whole days after the midnight that ended its own, and stays so', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4_000_000_000_000 }),
      fc.constantFrom(...logRetentionDays),
      fc.integer({ min: 0, max: 400 * dayMs }),
      (startedAt, days, later) => {
        const key = logObject(days, { sync, id: 'run1', startedAt });
        const end = (Math.floor(startedAt / dayMs) + 1 + days) * dayMs;
        expect(isLogOver(key, days, end - 1)).toBe(false);
        expect(isLogOver(key, days, end + later)).toBe(true);
        expect(isLogOver(key, days, startedAt + days * dayMs)).toBe(false);
      },
    ),
  );
});
