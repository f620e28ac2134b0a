/** Bodies made to hurt: what comes out is a judgement, soon, and nothing of the process has changed. */
import { describe, expect, test } from 'vitest';
import { MAX_WORK } from '../../shared/domain/response/evaluate.ts';
import { judged, whyUncertain } from './setup.ts';

const KiB64 = 65_536;

describe('bodies', () => {
  const nested = (open: string, close: string, levels: number) =>
    open.repeat(levels) + close.repeat(levels);
  const deep: readonly [string, string][] = [
    ['lists', nested('[', ']', KiB64 / 2)],
    ['objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`],
  ];

  test.each(deep)('%s nested as deep as 64 KiB allow', async (_, body) => {
    for (const rule of ['$exists($$.body)', '$exists($$.body.a)', '$string($$.body) = "x"']) {
      expect(whyUncertain(await judged({ success: rule }, body))).toContain('100 levels');
    }
  });

  test('a list as long as 64 KiB allow', async () => {
    const body = `[${'1,'.repeat(32_700)}1]`;
    expect(await judged({ success: '$sum($$.body) = 32701' }, body)).toMatchObject({
      success: true,
    });
    expect(
      whyUncertain(await judged({ failed: '$$.body' }, `[${'9,'.repeat(32_700)}9]`)),
    ).toContain('an index that no record');
  });

  test('numbers that are none', async () => {
    expect(await judged({ success: '$$.body = "NaN"' }, 'NaN')).toMatchObject({ success: true });
    expect(whyUncertain(await judged({ failed: '$$.body' }, '[1e999]'))).toContain('an index');
    expect(whyUncertain(await judged({ success: '$$.body + 1 > 0' }, '1e999'))).toContain('D1001');
    expect(await judged({ success: '0 / $$.body = 0' }, '0')).toMatchObject({ success: false });
    expect(await judged({ matched: '0 / $$.body' }, '0')).toMatchObject({ unmatched: undefined });
  });

  test('__proto__ reaches no prototype', async () => {
    const body = '{"__proto__":{"ok":true,"polluted":1},"a":{"__proto__":{"polluted":1}}}';
    expect(await judged({ success: '$exists($$.body.ok)' }, body)).toMatchObject({
      success: false,
    });
    expect(await judged({ success: '$exists($$.body.a.{"b": polluted}.b)' }, body)).toMatchObject({
      success: false,
    });
    expect(await judged({ success: '"__proto__" in $keys($$.body)' }, body)).toMatchObject({
      success: true,
    });
    expect(Reflect.get({}, 'polluted')).toBeUndefined();
  });

  test.each(['constructor', 'toString', 'hasOwnProperty', 'then', 'length', 'push'])(
    '%s is a name like any other',
    async (name) => {
      const rules = { success: '$count($keys($$.body)) = 1', failed: '$$.body.*'.slice(0, 7) };
      expect(await judged({ success: rules.success }, { [name]: 1 })).toMatchObject({
        success: true,
      });
      expect(await judged({ failed: rules.failed }, { [name]: 1 })).toMatchObject({
        kind: 'uncertain',
      });
    },
  );

  test.each(['_jsonata_lambda', '_jsonata_function', 'tupleStream', 'outerWrapper'])(
    'what jsonata would take for its own is not shown to it: %s',
    async (mark) => {
      const body = { a: [{ [mark]: true, thunk: true, body: {}, implementation: 'x', index: 0 }] };
      for (const rule of ['$$.body.a.{"index": index}', '$$.body.a[index = 0]', '$$.body.a']) {
        expect(whyUncertain(await judged({ failed: rule }, body))).toContain('reserved in JSONata');
      }
    },
  );

  test('bytes that are no UTF-8', async () => {
    const answer = { body: new Uint8Array([0xff, 0xfe, 0x7b, 0x00]) };
    expect(await judged({ success: '$exists($$.body)' }, '', { answer })).toMatchObject({
      success: true,
    });
  });

  test('a rule writes nothing into the records, though jsonata pushes into empty lists', async () => {
    const records = [{ email: 'a@example.com', tags: [[]] }];
    const rules = { failed: '$$.records.tags.{"index": $$.body.n}' };
    expect(await judged(rules, { n: 0 }, { records })).toMatchObject({ kind: 'judged' });
    expect(records).toEqual([{ email: 'a@example.com', tags: [[]] }]);
  });
});

describe('bounds', () => {
  const records = Array.from({ length: 5_000 }, (_, n) => ({ email: `user-${n}@example.com` }));
  const many = { e: records.slice(0, 2_000).map(({ email }) => email) };

  const products = [
    '$$.records[email in $$.body.e].email',
    '$$.body.e[$ in $$.records.email]',
    '$$.records.($$.records.($$.records.($$.body.e)))',
    '[$$.records.($$.body.e), $$.records.($$.body.e), $$.records.($$.body.e)]',
    '$$.body.e.$string($$.records)',
    '$$.records.{"id": email, "message": $string($$.body)}',
  ];

  test.each(products)(
    'the product of two long lists is not walked to its end: %s',
    async (rule) => {
      const began = performance.now();
      const why = whyUncertain(await judged({ failed: rule }, many, { records }));
      expect(why).toContain('walks one list for each item of another');
      expect(performance.now() - began).toBeLessThan(20_000);
    },
  );

  test('large values compared again and again end by the clock', async () => {
    const large = Array.from({ length: 3_000 }, (_, n) => ({ k: n }));
    const body = JSON.stringify({ a: { l: large }, b: { l: large } });
    const began = performance.now();
    const same = Array.from({ length: 15 }, () => '$$.body.a = $$.body.b').join(' and ');
    const failed = `$$.records[${same}].email`;
    const why = whyUncertain(await judged({ failed }, body, { records }));
    expect(why).toContain('takes too long');
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('the largest batch fits, where each record is looked at once', async () => {
    const failed = '$$.body.e.{"id": $, "message": "no"}';
    const judgement = await judged(
      { failed, success: '$count($$.records) = 5000 and $$.status = 200' },
      many,
      { records },
    );
    expect(judgement.kind === 'judged' && judgement.failed.size).toBe(2_000);
    const few = { e: many.e.slice(0, 20) };
    const filter = { failed: '$$.records[email in $$.body.e].email' };
    const chosen = await judged(filter, few, { records });
    expect(chosen.kind === 'judged' && chosen.failed.size).toBe(20);
  });

  test('the account of work is what stops: the same answer is always judged alike', async () => {
    expect(MAX_WORK).toBe(1_000_000);
    const rules = { success: '$count($$.records.($$.body.n)) = 5000' };
    const all = await Promise.all([1, 2, 3].map(() => judged(rules, { n: 1 }, { records })));
    expect(new Set(all.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(all[0]).toMatchObject({ success: true });
  });
});
