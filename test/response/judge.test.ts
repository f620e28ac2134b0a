import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { outcomesOfJudged } from '../../shared/domain/response/judged-outcomes.ts';
import fc from '../fast-check.ts';
import { judged, outcomeRows, people, whyUncertain } from './setup.ts';

const Example = z.strictObject({
  name: z.string(),
  rules: z.record(z.string(), z.string()),
  body: z.json(),
  outcomes: z.array(z.tuple([z.number(), z.number(), z.string(), z.string(), z.string()])),
});

const examples = z
  .array(Example)
  .parse(JSON.parse(readFileSync(join(import.meta.dirname, 'examples.json'), 'utf8')));

test.each(examples)('$name', async ({ rules, body, outcomes }) => {
  expect(outcomeRows(await judged(rules, body))).toEqual(outcomes);
});

describe('the status decides', () => {
  test('without rules', async () => {
    expect(await judged({}, { ok: false })).toEqual({ kind: 'as-status' });
  });

  test.each([199, 302, 401, 404, 422, 429, 500])(
    'of %s, where no rule says more',
    async (status) => {
      const rules = { success: '$$.status > 0', failed: '$$.body.errors', matched: '$$.body.n' };
      expect(await judged(rules, {}, { answer: { status } })).toEqual({ kind: 'as-status' });
    },
  );
});

describe('answers of whatever status', () => {
  const told = (rules: Parameters<typeof judged>[0], body: object, status: number) =>
    judged(rules, { ...body }, { answer: { status } });

  test.each([200, 400, 403, 409, 503])('of %s: later, bad credentials, done', async (status) => {
    const retry = '$$.body.error.is_transient ? $$.body.wait : false';
    const transient = { error: { is_transient: true } };
    expect(await told({ retry }, { ...transient, wait: 3 }, status)).toEqual({
      kind: 'again',
      wait: 3,
    });
    expect(await told({ retry: '$$.body.error.is_transient' }, transient, status)).toEqual({
      kind: 'again',
      wait: undefined,
    });
    expect(await told({ credentials: '$$.body.code = 40105' }, { code: 40105 }, status)).toEqual({
      kind: 'credentials',
    });
    expect(await told({ done: '$$.body.code = "exists"' }, { code: 'exists' }, status)).toEqual({
      kind: 'done',
    });
    expect(await told({ retry, done: '$$.body.x', credentials: '$$.body.y' }, {}, status)).toEqual({
      kind: 'as-status',
    });
  });

  test('a rule that cannot be told leaves a refusal to its status, and nobody delivered', async () => {
    for (const name of ['retry', 'credentials', 'done'] as const) {
      expect(await told({ [name]: '$$.body.e' }, { e: 'soon' }, 400)).toEqual({
        kind: 'as-status',
      });
      expect(await told({ [name]: '$$.body.e' }, { e: 'soon' }, 200)).toMatchObject({
        kind: 'uncertain',
        fault: { code: 'rule-failed' },
      });
    }
  });

  test('a refusal that names records names them, and one that names nobody surely leaves it to the status', async () => {
    const named = await told({ failed: '$$.body.errors' }, { errors: [0, 2] }, 400);
    expect(named.kind === 'named' && [...named.failed.keys()]).toEqual([0, 2]);
    for (const errors of [[], [7], ['nobody'], undefined]) {
      expect(await told({ failed: '$$.body.errors' }, { errors }, 400)).toEqual({
        kind: 'as-status',
      });
    }
  });
});

describe('what `$$` is', () => {
  const holds = async (rule: string, body?: string, answer = {}) => {
    const judgement = await judged({ success: rule }, body, { answer });
    return judgement.kind === 'judged' ? judgement.success : judgement;
  };

  test.each([
    ['$$.status = 202', undefined, { status: 202 }],
    ['$$.headers.`x-partial` = "a, b"', undefined, { headers: { 'x-partial': 'a, b' } }],
    ['$$.status = 204 and $not($exists($$.body))', undefined, { status: 204 }],
    ['$not($exists($$.body)) and $$.status = 200', ' \n', {}],
    ['$$.body = "OK, done"', 'OK, done', {}],
    ['$$.body = null', 'null', {}],
    ['$$.body.ok', '\ufeff{"ok":true}', {}],
    ['$$.status=200 and $count($$.records) = 3 and $$.records[1].crm = 102', undefined, {}],
  ])('%s', async (rule, body, answer) => {
    expect(await holds(rule, body, answer)).toBe(true);
  });

  test('headers and records do not have what every object inherits', async () => {
    expect(await holds('$exists($$.headers.toString) or $exists($$.body.valueOf)', '{}')).toBe(
      false,
    );
  });
});

describe('cannot be told, so uncertain', () => {
  const cases: readonly [string, Parameters<typeof judged>[0], Parameters<typeof judged>[1]][] = [
    ['neither true nor false', { success: '$$.body.ok' }, {}],
    ['neither true nor false', { success: '$$.body.ok' }, { ok: 'yes' }],
    ['neither true nor false', { success: '$$.body.n > 3' }, {}],
    [
      'fails on the answer (JSONata D3030)',
      { success: '$number($$.body.n) = 1' },
      { n: 'ada@example.com' },
    ],
    ['fails on the answer (JSONata T2001)', { success: '$$.body.n - 1 = 0' }, { n: '1' }],
    ['fails on the answer (JSONata T0410)', { success: '$contains($$.body.n, "a")' }, { n: 1 }],
    ['an index that no record', { failed: '$$.body.e' }, { e: [3] }],
    ['an index that no record', { failed: '$$.body.e' }, { e: [-1] }],
    ['an index that no record', { failed: '$$.body.e' }, { e: [0.5] }],
    ['an index that no record', { failed: '$$.body.e' }, { e: [{ index: '1e0' }] }],
    ['an index that no record', { failed: '$$.body.e' }, { e: [{ index: [0, 9] }] }],
    ['an identifier that no record', { failed: '$$.body.e' }, { e: ['nobody@example.com'] }],
    ['an identifier that no record', { failed: '$$.body.e' }, { e: ['ADA@example.com'] }],
    ['neither an index nor an identifier', { failed: '$$.body.e' }, { e: [null, 1] }],
    ['neither an index nor an identifier', { failed: '$$.body.e' }, { e: [''] }],
    ['neither an index nor an identifier', { failed: '$$.body.e' }, { e: [{ id: { a: 1 } }] }],
    [
      'neither an index nor an identifier',
      { failed: '$$.body.e' },
      '{"e":[{"id":9007199254740993}]}',
    ],
    ['without index and id', { failed: '$$.body.e' }, { e: [{ message: 'no' }] }],
    ['of different records', { failed: '$$.body.e' }, { e: [{ index: 0, id: 'zoe@example.com' }] }],
    ['not one for each record', { failed: '$$.body.e' }, { e: [true, false] }],
    ['not one for each record', { failed: '$$.body.e' }, { e: [true, false, 2] }],
    ['not one for each record', { failed: '$$.body.e' }, { e: true }],
  ];

  test.each(cases)('%s: %j of %j', async (why, rules, body) => {
    const judgement = await judged(rules, body);
    expect(judgement).toMatchObject({ kind: 'uncertain', fault: { code: 'rule-failed' } });
    expect(whyUncertain(judgement)).toContain(why);
    expect(whyUncertain(judgement)).not.toMatch(/example\.com|\bGB\b/);
    expect(outcomeRows(judgement)).toEqual([
      [0, 3, 'uncertain', 'rule-failed', whyUncertain(judgement)],
    ]);
  });

  test('a body that was cut, where a rule reads it', async () => {
    const answer = { truncated: true };
    expect(whyUncertain(await judged({ failed: '$$.body.errors' }, {}, { answer }))).toContain(
      'lower the batch size',
    );
    expect(await judged({ success: '$$.status = 200' }, {}, { answer })).toMatchObject({
      success: true,
    });
    const undecoded = { undecoded: true, body: new Uint8Array() };
    const failed = { failed: '$$.body.errors' };
    expect(whyUncertain(await judged(failed, {}, { answer: undecoded }))).toContain(
      'Content-Encoding',
    );
  });
});

describe('identifiers', () => {
  test('are looked up in the identity fields only, where these are named', async () => {
    const records = [
      { email: 'a@example.com', friend: 'b@example.com' },
      { email: 'b@example.com', friend: 'a@example.com' },
    ];
    const rules = { failed: '$$.body' };
    const all = await judged(rules, ['a@example.com'], { records });
    expect(all.kind === 'judged' && [...all.failed.keys()]).toEqual([0, 1]);
    const known = await judged(rules, ['a@example.com'], { records, fields: ['email'] });
    expect(known.kind === 'judged' && [...known.failed.keys()]).toEqual([0]);
  });

  test('a value that one record has twice names it', async () => {
    const records = [
      { email: 'a@example.com', login: 'a@example.com', tags: ['vip', 7] },
      { tags: [8] },
    ];
    for (const id of ['a@example.com', 'vip', '7']) {
      const known = await judged({ failed: '$$.body' }, [id], { records });
      expect(known.kind === 'judged' && [...known.failed.keys()]).toEqual([0]);
    }
  });

  test('that several records share name all of them, and no others', async () => {
    const rules = { failed: '$$.body.e', matched: '$$.body.m' };
    const refused = await judged({ failed: rules.failed }, { e: ['GB', { id: 'GB' }] });
    expect(refused.kind === 'judged' && [...refused.failed.keys()]).toEqual([0, 2]);
    const matched = await judged({ matched: rules.matched }, { m: ['GB'] });
    expect(matched.kind === 'judged' && matched.unmatched).toEqual(new Set([1]));
    const one = await judged({ failed: rules.failed }, { e: [{ index: 2, id: 'GB' }] });
    expect(one.kind === 'judged' && [...one.failed.keys()]).toEqual([2]);
    const two = await judged({ failed: rules.failed }, { e: [{ index: [2, '0'], code: 'x' }] });
    expect(two.kind === 'judged' && [...two.failed.keys()]).toEqual([2, 0]);
  });

  test('names that every object has are no identifiers', async () => {
    for (const id of ['__proto__', 'constructor', 'toString']) {
      expect(await judged({ failed: '$$.body' }, [id])).toMatchObject({ kind: 'uncertain' });
    }
  });
});

describe('matching that cannot be told is a note, for the records are delivered', () => {
  test.each([
    ['$$.body.n', {}, 'finds nothing'],
    ['$$.body.n', { n: -1 }, 'counts nothing'],
    ['$$.body.n', { n: 1.5 }, 'counts nothing'],
    ['$$.body.n', { n: '2' }, 'an identifier that no record'],
    ['$$.body.n - 1', { n: 'x' }, 'T2001'],
  ])('%s of %j', async (matched, body, why) => {
    const [row, ...more] = outcomeRows(await judged({ matched }, body));
    expect(more).toEqual([]);
    expect(row).toMatchObject([0, 3, 'delivered', 'rule-failed', expect.stringContaining(why)]);
  });
});

test('a record that failed is not counted as unmatched, too', async () => {
  const rules = { failed: '$$.body.bad', matched: '[$$.body.good]' };
  const judgement = await judged(rules, { bad: [0], good: [2] });
  expect(judgement.kind === 'judged' && judgement.unmatched).toEqual(new Set([1]));
});

test('an entry that names its record counts for it, and one that says false for none', async () => {
  const e = [
    { index: 2, failed: true },
    { id: 'ada@example.com', failed: false },
  ];
  const judgement = await judged({ failed: '$$.body.e' }, { e });
  expect(judgement.kind === 'judged' && [...judgement.failed.keys()]).toEqual([2]);
  const m = [{ index: 0, matched: false }, { index: 1 }];
  const matching = await judged({ matched: '$$.body.m' }, { m });
  expect(matching.kind === 'judged' && matching.unmatched).toEqual(new Set([0, 2]));
});

test('a platform that matched more than was sent has matched all', async () => {
  expect(outcomeRows(await judged({ matched: '$$.body' }, 7))).toEqual([
    [0, 3, 'delivered', '', ''],
  ]);
});

test('whatever a rule gives: outcomes cover every record once, in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.json({ maxDepth: 3 }), fc.nat(5), async (text, count) => {
      const records = Array.from({ length: count }, (_, index) => ({ id: `id-${index}` }));
      const body: unknown = JSON.parse(text);
      for (const rules of [{ failed: '$$.body' }, { matched: '$$.body' }, { success: '$$.body' }]) {
        const judgement = await judged(rules, text, { records });
        if (judgement.kind !== 'judged' && judgement.kind !== 'uncertain')
          throw new Error('a rule said nothing of the records');
        const outcomes = outcomesOfJudged(judgement, count);
        const ends = [0, ...outcomes.map(({ to }) => to)];
        expect(outcomes.map(({ from }) => from)).toEqual(ends.slice(0, -1));
        expect(ends.at(-1)).toBe(count);
        if (typeof body !== 'boolean' && rules.success) expect(judgement.kind).toBe('uncertain');
      }
    }),
    { numRuns: 500 },
  );
});

test('judging twice at once gives each its own', async () => {
  const bodies = Array.from({ length: 50 }, (_, n) => n % people.length);
  const all = await Promise.all(bodies.map((n) => judged({ failed: '$$.body.e' }, { e: [n] })));
  expect(all.map((one) => one.kind === 'judged' && [...one.failed.keys()][0])).toEqual(bodies);
});
