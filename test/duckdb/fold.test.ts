/** The fold against a plain model of it: every transition once, and random plans with gaps and overlaps. */

import { afterAll, describe, expect, test } from 'vitest';
import { type Outcome, outcomes } from '../../shared/contracts/counts.ts';
import type { OutcomeLine } from '../../shared/contracts/plan.ts';
import { combinations, mirrorStates, transitions } from '../../shared/domain/plan/mirror.ts';
import { type ChunkPlace, type PlanRow, phaseOf } from '../../shared/domain/plan/plan.ts';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { type Chunks, model } from './fold-model.ts';
import { type MirrorRow, outcomeLine, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());
async function agrees(
  mirror: readonly MirrorRow[] | undefined,
  plan: readonly PlanRow[],
  chunks: Chunks,
  retryFailed: boolean,
  hashKey?: Uint8Array,
) {
  const folded = await place.fold({
    mirror: mirror && (await place.mirror(mirror)),
    plan,
    outcomes: chunks,
    retryFailed,
    hashKey,
  });
  const expected = model(mirror ?? [], plan, chunks, retryFailed, hashKey);
  expect(folded.next).toEqual(expected.next);
  expect(folded.result).toEqual(expected.result);
  expect(folded.log).toEqual(expected.log);
  return folded;
}

const previousOnes = [[], ['{"old":1}'], ['{"new":1}', '{"old":1}', '{"other":1}', '{"other":1}']];

describe.each([true, false])('with retryFailed %s', (retryFailed) => {
  test('every transition of the domain', async () => {
    const cases = transitions(retryFailed).flatMap((each) =>
      (each.before ? previousOnes : [[]]).map((previous) => ({ ...each, previous })),
    );
    const mirror = cases.flatMap(({ before, previous }, index): MirrorRow[] =>
      before
        ? [
            {
              key: `k${index}`,
              digest: String(2n ** 64n - 1n - BigInt(index)),
              record: '{"old":1}',
              ...before,
              previous,
            },
          ]
        : [],
    );
    const plan = cases.map(
      ({ action }, index): PlanRow => ({
        kind: 'change',
        key: `k${index}`,
        action,
        digest: action === 'delete' ? undefined : String(index),
        record: '{"new":1}',
        place: { phase: phaseOf(action), chunk: 0, position: index },
      }),
    );
    const lines = cases.map(({ outcome }, index) => outcomeLine(index, index + 1, outcome));
    const chunks = [
      { phase: 'deleting' as const, chunk: 0, lines },
      { phase: 'upserting' as const, chunk: 0, lines },
    ];
    const { result } = await agrees(mirror, plan, chunks, retryFailed);
    const total = [result.insert, result.reinsert, result.update, result.delete].flatMap((each) =>
      Object.values(each),
    );
    expect(total.reduce((sum, each) => sum + each)).toBe(cases.length);
  });
});

const someone = '0'.repeat(32);
const another = 'f'.repeat(32);

test('every combination of outcomes', async () => {
  const cases = combinations().filter(
    ({ action, own }) => own !== undefined || action === 'delete',
  );
  const mirror = cases.map(
    (_, index): MirrorRow => ({
      key: `k${index}`,
      digest: '1',
      record: '{"old":1}',
      identity: someone,
      state: 'certain',
      parked: false,
      previous: [],
    }),
  );
  const lines: OutcomeLine[] = [];
  const placeFor = (outcome: Outcome) => {
    const position = lines.push(outcomeLine(lines.length, lines.length + 1, outcome)) - 1;
    return { phase: 'deleting' as const, chunk: 0, position };
  };
  const plan = cases.flatMap(({ action, own, removals }, index): PlanRow[] => {
    const key = `k${index}`;
    const place = own === undefined ? 'held' : placeFor(own);
    const digest = action === 'delete' ? undefined : '2';
    const identity = action === 'delete' ? undefined : another;
    return [
      { kind: 'change', key, action, digest, record: '{"new":1}', identity, place },
      ...removals.map((each): PlanRow => ({ kind: 'removal', key, place: placeFor(each) })),
    ];
  });
  const chunks: Chunks = [{ phase: 'deleting', chunk: 0, lines }];
  const { next } = await agrees(mirror, plan, chunks, false);
  const byKey = new Map(next.map((each) => [each.key, each]));
  for (const [index, { own, removals, action }] of cases.entries()) {
    const after = byKey.get(`k${index}`);
    const all = own ? [own, ...removals] : removals;
    const isGone = action === 'delete' && all.every((each) => each === 'delivered');
    expect(after === undefined).toBe(isGone);
    if (all.length > 0 && all.every((each) => each === 'unsent' || each === 'invalid')) {
      expect(after).toEqual(mirror[index]);
    } else if (removals.some((each) => each !== 'delivered')) {
      // What may be at the platform is known, and a removal is never parked.
      expect(after?.parked).toBe(false);
      expect([after?.record, ...(after?.previous ?? [])]).toContain('{"old":1}');
    }
  }
});

test('a refresh takes the record, and the entry stands as it stood', async () => {
  const standings = mirrorStates.flatMap((state) =>
    [true, false].map((parked) => ({ state, parked })),
  );
  const mirror = standings.map((each, index) => ({
    key: `k${index}`,
    digest: '1',
    record: '{"old":1}',
    ...each,
    previous: ['{"new":1}', '{"p":1}'],
  }));
  const plan = mirror.map(
    ({ key }): PlanRow => ({ kind: 'refresh', key, digest: '2', record: '{"new":1}' }),
  );
  const { next } = await agrees(mirror, plan, [], true);
  expect(next[0]).toEqual({ ...mirror[0], digest: '2', record: '{"new":1}', identity: null });
});

const record = fc.constantFrom('{"a":1}', '{"a":2}', '{"a":"\u2028\'"}');
const digest = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String);
const phase = fc.constantFrom('deleting' as const, 'upserting' as const);
const fault = fc.record({
  code: fc.constantFrom('required', 'hash'),
  reason: fc.constantFrom('because', "it's so"),
});
/** `shares`: the line of another change answers for this one, too. */
const placed = fc.record({ phase, chunk: fc.nat({ max: 2 }), shares: fc.boolean() });
const identity = fc.constantFrom(someone, another);
const rows = fc.uniqueArray(
  fc.record({
    key: fc.oneof(fc.constantFrom('a', 'b', 'B', 'ä', '', '😀', '￿'), fc.string({ maxLength: 2 })),
    held: fc.option(
      fc.record({
        digest,
        record,
        state: fc.constantFrom(...mirrorStates),
        parked: fc.boolean(),
        previous: fc.array(record, { maxLength: 3 }),
        identity: fc.option(identity),
      }),
    ),
    asked: fc.option(
      fc.oneof(
        fc.record({
          kind: fc.constant('change' as const),
          action: fc.constantFrom('insert' as const, 'update' as const, 'delete' as const),
          digest: fc.option(digest, { nil: undefined }),
          record,
          identity: fc.option(identity, { nil: undefined }),
          place: fc.oneof(
            { weight: 6, arbitrary: placed },
            { weight: 1, arbitrary: fault },
            { weight: 1, arbitrary: fc.constant('held' as const) },
          ),
          removals: fc.array(
            fc.oneof({ weight: 6, arbitrary: placed }, { weight: 1, arbitrary: fault }),
            { maxLength: 3 },
          ),
        }),
        fc.record({ kind: fc.constant('refresh' as const), digest, record, identity }),
        fc.record({ kind: fc.constant('adopt' as const), digest, record, identity }),
        fc.record({
          kind: fc.constant('invalid' as const),
          rows: fc.integer({ min: 1, max: 5 }),
          object: fc.option(fc.constant('o')),
          fault,
        }),
      ),
    ),
  }),
  { selector: ({ key }) => key, maxLength: 30 },
);
const line = fc
  .record({
    from: fc.nat({ max: 12 }),
    length: fc.integer({ min: 1, max: 12 }),
    outcome: fc.constantFrom(...outcomes),
    far: fc.boolean(),
    tried: fc.record({
      status: fc.constantFrom(0, 200, 400),
      request: fc.constantFrom('', 'r-0-1', 'r-1-2'),
      attempts: fc.nat({ max: 3 }),
      firstAt: fc.constantFrom(0, 1_700_000_000_123),
      lastAt: fc.constantFrom(0, 1_800_000_000_999),
    }),
    sent: fc.option(fc.record({ requests: fc.nat(), retries: fc.nat(), bytes: fc.nat() }), {
      nil: undefined,
    }),
  })
  .map(({ from, length, outcome, far, tried, sent }) => ({
    ...outcomeLine(from, far ? 2 ** 50 : from + length, outcome),
    ...tried,
    ...(sent && { sent }),
  }));
const told = fc.uniqueArray(
  fc.record({ phase, chunk: fc.nat({ max: 2 }), lines: fc.array(line, { maxLength: 5 }) }),
  { selector: ({ phase, chunk }) => `${phase}${chunk}`, maxLength: 6 },
);

const hashKeys = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }), { nil: undefined });

test('random plans and outcomes', async () => {
  await fc.assert(
    fc.asyncProperty(rows, told, fc.boolean(), hashKeys, async (all, chunks, retryFailed, key) => {
      const mirror = all.flatMap(({ key, held }) => (held ? [{ key, ...held }] : []));
      const positions = new Map<string, number>();
      const plan = all.flatMap(({ key, held, asked }): PlanRow[] => {
        if (!asked || (asked.kind === 'refresh' && !held)) return [];
        if (asked.kind === 'adopt' && held) return [];
        if (asked.kind !== 'change') return [{ key, ...asked } as PlanRow];
        const { removals, place, ...change } = asked;
        const lineOf = (wanted: (typeof removals)[number]): ChunkPlace | Fault => {
          if ('code' in wanted) return wanted;
          const { phase, chunk, shares } = wanted;
          const free = positions.get(`${phase}${chunk}`) ?? 0;
          if (shares && free > 0) return { phase, chunk, position: free - 1 };
          positions.set(`${phase}${chunk}`, free + 1);
          return { phase, chunk, position: free };
        };
        return [
          { key, ...change, place: place === 'held' ? place : lineOf(place) },
          ...removals.map((each): PlanRow => ({ kind: 'removal', key, place: lineOf(each) })),
        ];
      });
      await agrees(mirror.length > 0 ? mirror : undefined, plan, chunks, retryFailed, key);
    }),
    { numRuns: cases(15, 60) },
  );
});

describe('extremes', () => {
  const change = (key: string, position: number): PlanRow => ({
    kind: 'change',
    key,
    action: 'insert',
    digest: '1',
    record: '{}',
    place: { phase: 'upserting', chunk: 0, position },
  });

  test('no mirror, an empty plan, no outcomes', async () => {
    const { result } = await agrees(undefined, [], [], true);
    expect(result).toMatchObject({ members: 0, uncertain: 0, reasons: [] });
  });

  test('what was put in a chunk and has no outcome is uncertain, never unsent', async () => {
    const { next, result } = await agrees(undefined, [change('k', 0)], [], true);
    expect(next[0]).toMatchObject({ key: 'k', state: 'maybe', parked: false });
    expect(result.insert.uncertain).toBe(1);
  });

  test('the first log of a run stays, whatever a second fold finds', async () => {
    const plan = [change('k', 0)];
    const met = [
      { phase: 'upserting' as const, chunk: 0, lines: [outcomeLine(0, 1, 'delivered')] },
    ];
    const first = await place.fold({ plan, outcomes: met, log: 'log-of-both' });
    const second = await place.fold({ plan, outcomes: [], log: 'log-of-both' });
    expect(first.log).toMatchObject([{ key: 'k', outcome: 'delivered' }]);
    expect(second.result.insert.uncertain).toBe(1);
    expect(second.log).toEqual(first.log);
  });

  test('only the ten most frequent reasons', async () => {
    const plan = Array.from(
      { length: 12 },
      (_, index): PlanRow => ({
        kind: 'invalid',
        key: null,
        rows: index + 1,
        object: 'o',
        fault: { code: `c${index}`, reason: '' },
      }),
    );
    const { result } = await agrees(undefined, plan, [], true);
    expect(result.reasons.map(({ count }) => count)).toEqual([12, 11, 10, 9, 8, 7, 6, 5, 4, 3]);
  });

  test.each([
    ['two changes of one key', [change('k', 0), change('k', 1)], []],
    [
      'a refresh of a key the mirror lacks',
      [{ kind: 'refresh', key: 'k', digest: '1', record: '{}' }],
      [],
    ],
    [
      'a key adopted twice',
      [
        { kind: 'adopt', key: 'k', digest: '1', record: '{}' },
        { kind: 'adopt', key: 'k', digest: '1', record: '{}' },
      ],
      [],
    ],
    [
      'an outcome line of another form',
      [change('k', 0)],
      [{ phase: 'upserting', chunk: 0, lines: [outcomeLine(1, 1, 'delivered')] }],
    ],
  ] as const)('%s stops the fold, and nothing is left behind', async (_, plan, chunks) => {
    await expect(
      place.fold({ plan, outcomes: chunks as unknown as Chunks }),
    ).rejects.toBeInstanceOf(InvariantError);
    expect(await place.leftovers()).toEqual([]);
  });
});
