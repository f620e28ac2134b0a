/** The canary: how many go first, and when the rest may follow. */

import { expect, test } from 'vitest';
import { sampleSyncOf } from '../../local/sample.ts';
import type { ChangeAction, OutcomeLine } from '../../shared/contracts/plan.ts';
import { canaryFailed, canaryOf, countCanary, holdsBack } from '../../shared/domain/plan/canary.ts';
import { Chunker } from '../../shared/domain/plan/chunk.ts';
import fc from '../fast-check.ts';

const lines = (counts: Partial<Record<OutcomeLine['outcome'], number>>): OutcomeLine[] => {
  let at = 0;
  return Object.entries(counts).map(([outcome, count]) => {
    at += count;
    return line(at - count, at, outcome as OutcomeLine['outcome']);
  });
};

const line = (from: number, to: number, outcome: OutcomeLine['outcome']): OutcomeLine => ({
  from,
  to,
  outcome,
  code: '',
  reason: '',
  status: 0,
  request: '',
  attempts: 0,
  firstAt: 0,
  lastAt: 0,
});

const judged = (successShare: number, counts: Parameters<typeof lines>[0]) =>
  countCanary({ records: 100, successShare }, lines(counts));

test.each([
  [1, { delivered: 10 }, true],
  [1, { delivered: 99, rejected: 1 }, false],
  [0.9, { delivered: 90, rejected: 6, uncertain: 4 }, true],
  [0.9, { delivered: 89, rejected: 11 }, false],
  // What no request can be made of says nothing of the platform.
  [1, { delivered: 1, invalid: 50 }, true],
  [0.5, { invalid: 5 }, false],
  [0.5, { unsent: 5 }, false],
  [0, { invalid: 5 }, true],
] as const)('a share of %d: %j → %s', (share, counts, isFine) => {
  expect(judged(share, counts).isFine).toBe(isFine);
});

test('the message has the numbers and what to do', () => {
  const verdict = judged(0.95, { delivered: 60, rejected: 30, uncertain: 5, invalid: 5 });
  expect(verdict).toEqual({ sent: 95, delivered: 60, isFine: false });
  const canary = { records: 100, successShare: 0.95 };
  expect(canaryFailed({ id: 'run7' }, 'upserting', verdict, canary).message).toBe(
    'Of the members to be added or updated, the first went alone: 95 were sent and 60 delivered (63.16 %), where canary.successShare asks for 95 %. So nothing more was sent; the next run begins with a canary again. Look at what became of the first records of the run run7, and mend the destination or the data.',
  );
});

test('where nothing would wait for it, there is nothing to decide', () => {
  expect(holdsBack('deleting', { deleting: 1, upserting: 0 })).toBe(false);
  expect(holdsBack('deleting', { deleting: 1, upserting: 1 })).toBe(true);
  expect(holdsBack('upserting', { deleting: 9, upserting: 1 })).toBe(false);
  expect(holdsBack('upserting', { deleting: 0, upserting: 2 })).toBe(true);
});

test('an erasure has none', () => {
  const sync = { ...sampleSyncOf(), version: 1, canary: { records: 1, successShare: 1 } };
  expect(canaryOf({ sync, task: { kind: 'empty' } })).toBe(sync.canary);
  expect(canaryOf({ sync, task: { kind: 'erase', erasure: 'e' } })).toBeUndefined();
});

test('the first chunk of each phase holds as many as the canary, all others as many as ever', () => {
  const actions = fc.array(fc.constantFrom<ChangeAction>('insert', 'update', 'delete'), {
    maxLength: 200,
  });
  const sizes = fc.record({
    size: fc.integer({ min: 1, max: 40 }),
    first: fc.integer({ min: 1, max: 60 }),
  });
  fc.assert(
    fc.property(actions, sizes, (all, { size, first }) => {
      const chunker = new Chunker(
        (action) => action,
        () => size,
        first,
      );
      const full = all.flatMap(
        (action, i) => chunker.add({ key: `${i}`, action, record: '{}' }).full ?? [],
      );
      const rest = chunker.rest();
      for (const { number, lines } of full) {
        expect(lines.length).toBe(number === 0 ? Math.min(size, first) : size);
      }
      for (const { number, lines } of rest) {
        expect(lines.length).toBeLessThan(number === 0 ? Math.min(size, first) : size);
      }
      const count = [...full, ...rest].reduce((sum, { lines }) => sum + lines.length, 0);
      expect(count).toBe(all.length);
    }),
  );
});
