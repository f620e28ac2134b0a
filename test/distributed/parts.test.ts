/** Plans in parts are those of one machine: whatever the rows, the outcomes before and the number of parts. */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { cases } from '../depth.ts';
import { Workplace } from '../duckdb/workplace.ts';
import fc from '../fast-check.ts';
import { chain } from '../ports/engine-chain.ts';
import { playChain, troubled } from './chain.ts';
import { createPartner } from './partner.ts';

const place = await Workplace.open();
const partner = await createPartner({
  local: async ({ bucket, key }) =>
    bucket === undefined ? join(place.folder, 'state', encodeURIComponent(key)) : place.object(key),
  put: (key, file) => copyFile(file, join(place.folder, 'state', encodeURIComponent(key))),
});
afterAll(async () => {
  await partner[Symbol.asyncDispose]();
  await place[Symbol.asyncDispose]();
});

const options = { numRuns: cases(4, 25), endOnFailure: true };

test('a chain of runs, planned in parts, has the plans of one machine', async () => {
  await fc.assert(
    fc.asyncProperty(chain, fc.integer({ min: 4, max: 12 }), async (runs, partSize) => {
      for (const each of await playChain(place, partner, runs, { partSize })) {
        expect(each.different).toBe(0);
        expect(each.counts.parts).toEqual(each.counts.one);
      }
    }),
    options,
  );
});

test('what the digests settle is withheld, and those who leave are compared with those who stay', async () => {
  const [first, second] = await playChain(place, partner, troubled, { partSize: 12 });
  expect([first?.different, second?.different]).toEqual([0, 0]);
  expect(second?.counts.parts).toEqual(second?.counts.one);
  const { unchanged } = second?.counts.one ?? {};
  expect(second?.isSettled && unchanged).toBeGreaterThan(10);
  expect(second?.removals).toBeGreaterThan(5);
});
