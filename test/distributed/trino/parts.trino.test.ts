/** The statements on a real Trino: plans in parts are those of one machine there, too. */
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { LogStore } from '../../../shared/ports/objects.ts';
import { Workplace } from '../../duckdb/workplace.ts';
import fc from '../../fast-check.ts';
import { chain } from '../../ports/engine-chain.ts';
import { playChain, troubled } from '../chain.ts';
import { exports, openTrino, type TrinoPlace } from './place.ts';

let trino: TrinoPlace;
let place: Workplace;
let state: LogStore;

beforeAll(async () => {
  trino = await openTrino();
  place = await Workplace.open();
  state = inBoth(trino.state, place.folder);
}, 200_000);

afterAll(async () => {
  await place?.[Symbol.asyncDispose]();
  await trino?.close();
});

/** What is written lies in the folder, too, where the plans are compared. */
function inBoth(store: LogStore, folder: string): LogStore {
  const file = (key: string) => join(folder, 'state', encodeURIComponent(key));
  return {
    ...store,
    async put(key, body) {
      await writeFile(file(key), body);
      await store.put(key, body);
    },
    async upload(key, from) {
      if (from !== file(key)) await copyFile(from, file(key));
      await store.upload(key, from);
    },
  };
}

const put = async (key: string) => await trino.put(exports, key, await readFile(place.object(key)));

test('withheld, left, moved, shared, twice, against each other, without a key', async () => {
  const runs = await playChain(place, trino.engine, troubled, { partSize: 20, put, state });
  expect(runs.map(({ different }) => different)).toEqual([0, 0]);
  const [, second] = runs;
  expect(second?.counts.parts).toEqual(second?.counts.one);
  expect(second?.isSettled && second.counts.one.unchanged).toBeGreaterThan(10);
  expect(second?.removals).toBeGreaterThan(5);
});

test('chains of runs', async () => {
  await fc.assert(
    fc.asyncProperty(chain, async (runs) => {
      for (const each of await playChain(place, trino.engine, runs, { partSize: 12, put, state })) {
        expect(each.different).toBe(0);
        expect(each.counts.parts).toEqual(each.counts.one);
      }
    }),
    { numRuns: 12, endOnFailure: true },
  );
}, 240_000);
