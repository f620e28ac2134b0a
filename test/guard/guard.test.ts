/** Which plans are held, and what is said of them. */

import { describe, expect, test } from 'vitest';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import type { Counts } from '../../shared/contracts/counts.ts';
import { Destination } from '../../shared/contracts/destination.ts';
import type { PinnedTask, RunConfig } from '../../shared/contracts/run-config.ts';
import type { Snapshot } from '../../shared/contracts/snapshot.ts';
import { Guards, Sync } from '../../shared/contracts/sync.ts';
import type { RecentRun } from '../../shared/contracts/sync-state.ts';
import { guardedEnd } from '../../shared/domain/plan/guard.ts';
import { noOutcomes } from '../../shared/domain/run/counts.ts';
import { mirrorAt } from '../mirror-at.ts';

interface Plan {
  readonly rows?: number;
  readonly invalid?: number;
  readonly before?: number;
  readonly insert?: number;
  readonly update?: number;
  readonly delete?: number;
  readonly repeated?: number;
}

const unsent = (count = 0) => ({ ...noOutcomes(), unsent: count });

const countsOf = (plan: Plan): Counts => ({
  snapshot: { rows: plan.rows ?? 1_000, duplicate: 0, invalid: plan.invalid ?? 0, members: 0 },
  mirror: { before: plan.before ?? 1_000, kept: 0, after: 0, uncertain: 0 },
  unchanged: 0,
  refresh: 0,
  insert: unsent(plan.insert),
  reinsert: unsent(),
  update: unsent(plan.update),
  delete: unsent(plan.delete),
});

const snapshot: Snapshot = {
  bucket: 'exports',
  prefix: 'customers/',
  format: 'csv',
  completedBy: 'marker',
  writtenAt: 0,
  objects: [],
  identity: 'snapshot-1',
};
const usual: PinnedTask = { kind: 'mirror', snapshot };

const ran = (rows: number, removed: number, status: RecentRun['status'] = 'succeeded') => ({
  ...{ run: 'r', closedAt: 0, status, rows, invalid: 2, failing: 0 },
  ...{ added: 5, updated: 7, removed },
});

function endOf(
  plan: Plan,
  guards: object = {},
  task: PinnedTask = usual,
  recent: readonly RecentRun[] = [],
) {
  const config: RunConfig = {
    sync: Sync.parse({ ...sampleSyncOf(), guards: Guards.parse(guards), version: 3 }),
    destination: Destination.parse({ ...sampleDestination('http://127.0.0.1:1'), version: 2 }),
    task,
  };
  const { repeated = 0 } = plan;
  return guardedEnd({ id: 'run7' }, config, { counts: countsOf(plan), repeated }, recent);
}

/** Each guard just within, and just beyond. */
const limits: readonly [string, object, Plan, Plan][] = [
  ['guard-deletes', {}, { delete: 300 }, { delete: 301 }],
  ['guard-deletes', {}, { before: 200, delete: 100 }, { before: 200, delete: 101 }],
  ['guard-deletes', { deletesShare: 0.29, deletesAbove: 0 }, { delete: 290 }, { delete: 291 }],
  ['guard-minimum-rows', { minimumRows: 500 }, { rows: 500 }, { rows: 499 }],
  ['guard-minimum-rows', { minimumRows: 5 }, { rows: 5, before: 0 }, { rows: 4, before: 0 }],
  ['guard-invalid', { invalidShare: 0.9 }, { invalid: 900 }, { invalid: 901 }],
  // Measured against the snapshot itself, so for a first run, too.
  [
    'guard-invalid',
    { invalidShare: 0.1 },
    { invalid: 100, before: 0 },
    { invalid: 101, before: 0 },
  ],
  [
    'guard-changes',
    { changesShare: 0.5 },
    { insert: 200, update: 300 },
    { insert: 200, update: 301 },
  ],
  [
    'guard-changes',
    { changesShare: 0.5 },
    { update: 1_000, repeated: 500 },
    { update: 1_000, repeated: 499 },
  ],
  ['guard-empty-snapshot', {}, { rows: 1 }, { rows: 0 }],
];

test.each(limits)('%s %j: %j may go, %j is held', (code, guards, within, beyond) => {
  expect(endOf(within, guards)).toBeUndefined();
  expect(endOf(beyond, guards)).toMatchObject({ status: 'held', error: { code } });
});

test('a guard that is not set holds nothing, and shares of the mirror spare a first run', () => {
  expect(endOf({ invalid: 1_000, insert: 9_000, update: 1_000 })).toBeUndefined();
  expect(endOf({ before: 0, insert: 1_000 }, { changesShare: 0.1 })).toBeUndefined();
});

test('a first snapshot without rows fails, whoever approved what', () => {
  for (const task of [usual, { ...usual, approves: 'run1' }]) {
    expect(endOf({ rows: 0, before: 0 }, {}, task)).toMatchObject({
      status: 'failed',
      error: { code: 'snapshot-empty' },
    });
  }
});

test('all guards that trip are named with their numbers, and what there is to do', () => {
  const plan = { rows: 300, invalid: 60, before: 1_000, delete: 760 };
  const guards = { minimumRows: 500, invalidShare: 0.1, changesShare: 0.333 };
  // Held ones did nothing; of 12 that ended well the last 10 say what is usual.
  const recent = [ran(1, 9_999), ran(1, 9_999), ...Array(8).fill(ran(1_000, 4)), ran(1, 90)];
  const ended = endOf(plan, guards, usual, [...recent, ran(2, 0, 'held'), ran(998, 3)]);
  expect(ended?.error).toEqual({
    code: 'guard-minimum-rows',
    message:
      'The snapshot s3://exports/customers/ is held, and nothing was sent: it has 300 rows, where guards.minimumRows asks for 500 at least; it would remove 760 of 1000 members (76 %), where guards.deletesShare allows 30 % once there are more than 100; 60 of 300 rows (20 %) are invalid, where guards.invalidShare allows 10 %; it makes 760 changes over 1000 members (76 %), where guards.changesShare allows 33.3 %. If that is right, approve the run run7; if not, mend the export: the next snapshot within the guards goes on by itself.',
  });
  const removing = { code: 'guard-deletes', usual: 4 };
  const invalid = { code: 'guard-invalid', usual: 2 };
  const changing = { code: 'guard-changes', usual: 16 };
  expect(ended?.setAside).toEqual({
    snapshot: 'snapshot-1',
    configuration: 'customers@3 to sample-platform@2',
    why: 'held',
    run: 'run7',
    guards: [
      { code: 'guard-minimum-rows', what: 'rows', would: 300, allowed: 500, usual: 1_000 },
      { ...removing, what: 'removals', would: 760, of: 1_000, allowed: 300, allowedShare: 0.3 },
      { ...invalid, what: 'invalid rows', would: 60, of: 300, allowed: 30, allowedShare: 0.1 },
      { ...changing, what: 'changes', would: 760, of: 1_000, allowed: 333, allowedShare: 0.333 },
    ].map((guard) => ({ ...guard, message: expect.any(String) })),
  });
});

describe('what a run is to do decides whether it is guarded', () => {
  const everything = { rows: 0, delete: 1_000 };
  const older = mirrorAt('mirrors/s/1/c1/base/0.parquet');
  test.each([
    [{ kind: 'mirror', full: true, snapshot }, 'held'],
    [{ kind: 'rollback', to: 'run1', older }, 'held'],
    [{ kind: 'rollback', to: 'run1', older, approves: 'run2' }, undefined],
    [{ kind: 'mirror', approves: 'run1', snapshot }, undefined],
    [{ kind: 'empty' }, undefined],
    [{ kind: 'erase', erasure: 'e' }, undefined],
    [{ kind: 'adopt', source: sampleSyncOf().source, snapshot }, undefined],
  ] as const)('%j', (task, status) => {
    expect(endOf(everything, {}, task)?.status).toBe(status);
  });
});
