/** Readings that do not come to their end: each says why, and leaves nothing behind. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { PassingError, SnapshotError } from '../../shared/domain/words/errors.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { mirrorAt } from '../mirror-at.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';
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
      reading: usualReading,
    },
    key: ['key'],
    columns: ['key'],
    fingerprint: '',
    mirror: undefined,
    retryFailed: true,
  };

  test('a snapshot that cannot fit beside the mirror: refused with the bytes, before anything is read', async () => {
    const GB = 1_000_000_000;
    const read = async () => expect.unreachable();
    const engine = createPlanEngine({
      snapshots: { list: async () => [], read },
      state: place.state,
      scratch: place.scratch,
      memoryLimitMb: 256,
      freeBytes: async () => 10 * GB,
    });
    const objects = [7, 5].map((size) => ({ key: `${size}`, etag: '', size: size * GB }));
    const { wanted } = input;
    const large = { ...wanted, snapshot: { ...wanted.snapshot, objects } };
    const refused = engine.open({ ...input, wanted: large });
    await expect(refused).rejects.toMatchObject({ code: 'scratch-too-small' });
    await expect(refused).rejects.toThrow(
      /takes 12000000000 bytes.+has 10000000000 left.+Export only/,
    );
    const [part] = objects.slice(1);
    const small = { ...wanted.snapshot, objects: part ? [part] : [] };
    const pointer = mirrorAt('nowhere');
    const base = pointer.base.map((each) => ({ ...each, bytes: 6 * GB }));
    const mirror = { ...pointer, base };
    const both = engine.open({ ...input, wanted: { ...wanted, snapshot: small }, mirror });
    await expect(both).rejects.toThrow(/takes 5000000000 bytes, and the mirror 6000000000/);
  });

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
