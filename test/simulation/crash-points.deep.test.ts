/**
 * Every port call of a small history is a crash point: at each, the process dies before or after the call took
 * effect, freezes and wakes up when everyone has given it up, or is told that the service did not answer, before
 * or after it did. Whatever the point, the promises hold once the faults are over.
 */
import { expect, test } from 'vitest';
import { seed } from '../seed.ts';
import { type CrashPoint, type Pace, paces, replay } from './crash-points.ts';
import { Random } from './random.ts';
import { callFaults } from './world.ts';

const pairs = 300;

/** What a replay with these faults broke, with everything that is needed to play it again. */
async function failureOf(points: readonly CrashPoint[], pace: Pace): Promise<string | undefined> {
  const { history, calls, broken } = await replay(points, pace);
  const fired = callFaults.reduce((sum, fault) => sum + (history.world.fired.get(fault) ?? 0), 0);
  const silent = fired === points.length ? [] : [`${fired} faults fired`];
  const promises = [...silent, ...broken];
  if (promises.length === 0) return undefined;
  const named = points.map(({ call, fault }) => `${fault} ${calls[call]} (call ${call})`);
  return `${pace}, ${named.join(', ')}: ${promises.join('; ')}`;
}

/** The port calls of the history without a fault. */
const callsOf = async (pace: Pace) => (await replay([], pace)).calls;

test.each(paces)('without a fault the %s history is whole, and the same again', async (pace) => {
  const { history, calls, broken } = await replay([], pace);
  expect(broken).toEqual([]);
  const runs = [...history.runs.runs.values()];
  expect(runs.map(({ status }) => status)).toEqual([
    'succeeded',
    'succeeded',
    'unchanged',
    'succeeded',
    'unchanged',
    // Two more at the end have nothing to send.
    'succeeded',
    'unchanged',
  ]);
  const { insert, update, delete: deleted, snapshot } = runs[1]?.result?.counts ?? {};
  expect([insert, update, deleted].map((each) => each?.delivered)).toEqual([2, 2, 2]);
  expect(snapshot).toMatchObject({ rows: 9, invalid: 3 });
  expect(await callsOf(pace)).toEqual(calls);
});

/** `hurried` has its share of the pairs. */
test.each(['patient', 'cancelled'] as const)(
  'the %s history survives a fault at any call',
  {
    timeout: 240_000,
  },
  async (pace) => {
    const calls = await callsOf(pace);
    const failures: string[] = [];
    for (const call of calls.keys()) {
      for (const fault of callFaults) {
        const failure = await failureOf([{ call, fault }], pace);
        if (failure) failures.push(failure);
      }
    }
    console.info(`${pace}: ${calls.length} port calls, ${calls.length * callFaults.length} points`);
    expect(failures).toEqual([]);
  },
);

test(`it survives ${pairs} pairs of faults, the second also on the way of the repair`, {
  timeout: 240_000,
}, async () => {
  console.info(`pairs from seed ${seed}`);
  const random = new Random(seed);
  const { length } = await callsOf('patient');
  const failures: string[] = [];
  for (let pair = 0; pair < pairs; pair++) {
    const pace = random.pick(paces);
    const first = { call: random.between(0, length - 2), fault: random.pick(callFaults) };
    const { calls } = await replay([first], pace);
    // A crash in the last function of the history leaves no call after it.
    if (first.call + 1 >= calls.length) continue;
    const call = random.between(first.call + 1, calls.length - 1);
    const failure = await failureOf([first, { call, fault: random.pick(callFaults) }], pace);
    if (failure) failures.push(failure);
  }
  expect(failures, `from seed ${seed}`).toEqual([]);
});
