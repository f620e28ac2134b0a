/**
 * Every port call of an erasure is a crash point: whatever happens there, once the faults are over the platform has
 * taken the delete, nothing that is kept names the member, and the receipt tells of every place they stood in.
 */
import { expect, test } from 'vitest';
import { type ErasureReceipt, erasedKinds, foundNowhere } from '../../shared/contracts/erasure.ts';
import { type CrashPoint, replayErasure } from './crash-points.ts';
import type { History } from './history.ts';
import { receiptsOf } from './repair.ts';
import { callFaults } from './world.ts';

/** `undefined`: who asked for it died before it was asked for. */
const receiptIn = (history: History): ErasureReceipt | undefined => receiptsOf(history)[0];

test('without a fault the member is gone, and found where they stood', async () => {
  const { history, broken } = await replayErasure([]);
  expect(broken).toEqual([]);
  expect(receiptIn(history)).toMatchObject({
    state: 'done',
    members: 1,
    tries: 1,
    inSnapshot: 0,
    shared: 0,
    deletes: { delivered: 1 },
    found: { mirrors: 2, plans: 2, chunks: 1, reports: 0, logs: 2, examples: 0 },
  });
});

test('an erasure survives a fault at any call', { timeout: 240_000 }, async () => {
  const { calls, history } = await replayErasure([]);
  const expected = receiptIn(history)?.found ?? foundNowhere();
  const failures: string[] = [];
  const look = async (point: CrashPoint) => {
    const { history: played, broken } = await replayErasure([point]);
    const receipt = receiptIn(played);
    const found = receipt?.found ?? expected;
    const missed = erasedKinds.filter((kind) => found[kind] < expected[kind]);
    const isThere = played.platform.audiences.get('audience-s0')?.has('m1');
    const wrong = [
      ...broken,
      ...(receipt && receipt.state !== 'done' ? [`it is ${receipt.state}`] : []),
      ...missed.map((kind) => `of ${kind} the receipt tells too few`),
      ...(isThere ? ['the platform has them'] : []),
    ];
    const name = `${point.fault} ${calls[point.call]} (call ${point.call})`;
    if (wrong.length > 0) failures.push(`${name}: ${wrong.join('; ')}`);
  };
  for (const call of calls.keys()) for (const fault of callFaults) await look({ call, fault });
  console.info(`${calls.length} port calls, ${calls.length * callFaults.length} points`);
  expect(failures).toEqual([]);
});
