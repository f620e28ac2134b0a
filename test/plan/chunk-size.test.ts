/** Chunks grow with the plan: small as long as lanes begin, large where there is much left, never longer than a turn. */
import { expect, test } from 'vitest';
import { chunkSize } from '../../shared/domain/plan/chunk.ts';
import { windowPerLane } from '../../shared/domain/run/run.ts';
import fc from '../fast-check.ts';

const cases = fc.record({
  batchSize: fc.integer({ min: 1, max: 30_000 }),
  lanes: fc.integer({ min: 1, max: 50 }),
  intervalMs: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30_000 })),
  number: fc.nat({ max: 10_000 }),
});

test('a chunk is whole requests, no smaller than those before it, and within a minute at the destination’s pace', () => {
  fc.assert(
    fc.property(cases, ({ batchSize, number, ...pace }) => {
      const size = chunkSize(batchSize, number, pace);
      const requests = size / batchSize;
      expect(Number.isInteger(requests)).toBe(true);
      expect(size).toBeGreaterThanOrEqual(chunkSize(batchSize, Math.max(0, number - 1), pace));
      if (requests > 1) {
        expect(requests * pace.intervalMs).toBeLessThanOrEqual(60_000);
        expect(requests).toBeLessThanOrEqual(500);
        expect(size).toBeLessThanOrEqual(20_000);
      }
    }),
  );
});

test('what all lanes begin with is small, and a million changes make few chunks', () => {
  const pace = { lanes: 4, intervalMs: 0 };
  const first = Array.from({ length: pace.lanes * windowPerLane }, (_, number) =>
    chunkSize(100, number, pace),
  );
  expect(new Set(first)).toEqual(new Set([1_000]));
  let left = 1_000_000;
  let chunks = 0;
  while (left > 0) left -= chunkSize(100, chunks++, pace);
  expect(chunks).toBeLessThan(100);
});
