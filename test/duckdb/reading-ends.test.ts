/** Readings that do not come to their end: each says why, and leaves nothing behind. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { PassingError, SnapshotError } from '../../shared/domain/words/errors.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { mirrorAt } from '../mirror-at.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());
afterEach(async () => expect(await place.leftovers()).toEqual([]));

describe('what is not the export’s fault', () => {
  const objects = () => place.write('good.csv', 'key\na\n');
  const withStores = (read: () => Promise<AsyncIterable<Uint8Array>>) =>
    createPlanEngine({
      snapshots: { list: async () => [], read },
      state: place.state,
      scratch: place.scratch,
      memoryLimitMb: 256,
    });
  const input = {
    wanted: {
      kind: 'snapshot' as const,
      snapshot: snapshotOf(
        'csv',
        Array.from({ length: 20 }, (_, index) => ({ key: `${index}`, etag: '', size: 6 })),
        'b',
      ),
      csv: { delimiter: ',', quote: '"' },
    },
    key: ['key'],
    columns: ['key'],
    fingerprint: '',
    mirror: undefined,
    retryFailed: true,
  };

  test('an object that changed while it was read', async () => {
    const changed = new SnapshotError('snapshot-changed', 'The object changed. Wait.');
    let reads = 0;
    const engine = withStores(async () => {
      reads += 1;
      if (reads === 3) throw changed;
      return (async function* () {
        yield Buffer.from('key\na\n');
      })();
    });
    await expect(engine.open(input)).rejects.toBe(changed);
    expect(reads).toBeLessThan(20);
  });

  test('a download that ends too soon', async () => {
    const engine = withStores(async () =>
      (async function* () {
        yield Buffer.from('key\na');
      })(),
    );
    const error = await engine.open(input).catch((reason) => reason);
    expect(error).toBeInstanceOf(PassingError);
    expect(error.message).toContain('5 of 6 bytes arrived');
  });

  test('a mirror that cannot be had', async () => {
    const mirror = mirrorAt('gone');
    await expect(place.plan({ format: 'csv', objects: [await objects()], mirror })).rejects.toThrow(
      'ENOENT',
    );
  });

  test('a session closed half way', async () => {
    const session = await place.open({ format: 'csv', objects: [await objects()] });
    for await (const _ of session.candidates()) break;
    await session.close();
    await session.close();
  });
});
