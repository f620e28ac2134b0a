import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { parseRule, parseRules } from '../../shared/domain/response/parse-rule.ts';
import { RuleProblems } from '../../shared/domain/response/problems.ts';
import { RULE_REFUSALS, type RuleRefusalCode } from '../../shared/domain/response/refusals.ts';
import { readRuleTree } from '../../shared/domain/response/tree.ts';
import { Spans } from '../../shared/domain/template/spans.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';

const Cases = z.strictObject({
  allowed: z.array(z.strictObject({ rule: z.string(), reads: z.array(z.string()) })),
  refused: z.array(
    z.strictObject({
      rule: z.string(),
      /** Code, line, column, text. */
      problems: z.array(z.tuple([z.string(), z.number(), z.number(), z.string()])),
    }),
  ),
});

const { allowed, refused } = Cases.parse(
  JSON.parse(readFileSync(join(import.meta.dirname, 'rules.json'), 'utf8')),
);

const told = (source: string) => {
  const read = parseRule(source);
  return read.ok
    ? []
    : read.problems.map(({ code, line, column, text }) => [code, line, column, text]);
};

test.each(allowed)('allowed: $rule', ({ rule, reads }) => {
  const read = parseRule(rule);
  expect(read).toMatchObject({ ok: true });
  expect(read.ok && [...read.rule.reads].sort()).toEqual([...reads].sort());
});

test.each(refused)('refused: $rule', ({ rule, problems }) => {
  expect(told(rule)).toEqual(problems);
});

describe('limits', () => {
  test('8 KB of UTF-8', () => {
    const fits = `$$.body = "${'x'.repeat(8_192 - 12)}"`;
    expect(Buffer.byteLength(fits)).toBe(8_192);
    expect(parseRule(fits).ok).toBe(true);
    expect(told(`${fits} `)[0]?.[0]).toBe('too-large');
    expect(told(`$$.body = "${'é'.repeat(4_100)}"`)[0]?.[0]).toBe('too-large');
  });

  test('50 levels of brackets', () => {
    const nested = (levels: number) => `${'('.repeat(levels)}$$.status${')'.repeat(levels)}`;
    expect(parseRule(nested(50)).ok).toBe(true);
    expect(told(nested(51))).toEqual([['too-deep', 1, 51, '(']]);
  });

  test('100 dots and operators that hang together', () => {
    const chain = (steps: number) => `$$.body${'.a'.repeat(steps - 1)}`;
    expect(parseRule(chain(100)).ok).toBe(true);
    expect(told(chain(101))[0]?.[0]).toBe('chain-too-long');
  });
});

test('at least 60 cases, and every refusal but the safety nets is among them', () => {
  expect(allowed.length + refused.length).toBeGreaterThanOrEqual(100);
  const met = new Set(refused.flatMap(({ problems }) => problems.map(([code]) => code)));
  const unmet = Object.keys(RULE_REFUSALS).filter((code) => !met.has(code));
  expect(unmet).toEqual(['too-large', 'too-deep', 'chain-too-long', 'syntax', 'unsupported']);
});

test('a problem carries the message of its code, also where the scanner of templates found it', () => {
  for (const { rule } of refused) {
    const read = parseRule(rule);
    const codes = read.ok ? [] : read.problems;
    for (const { code, message } of codes) expect(message).toBe(RULE_REFUSALS[code]);
  }
  const missing: RuleRefusalCode = 'missing-root';
  expect(told('errors')).toEqual([[missing, 1, 1, 'errors']]);
});

const pieces = [
  ...['$$', '$', '$$.body', '$$.records', '.', 'a', '[', ']', '(', ')', '{', '}', '"k"', ':', ','],
  ...['?', '=', '!=', '<', 'and', 'in', '-', '*', '**', '%', '+', '&', ';', ':=', '~>', '|', '/'],
  ...['^', '@', '#', '..', '??', '?:', '1', 'null', '$count', '$eval', '$x', 'function', '`', '\n'],
];

test('whatever is written: never a throw, and an answer in a moment', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 60 }), (parts) => {
      for (const source of [parts.join(''), parts.join(' ')]) {
        const read = parseRule(source);
        if (!read.ok) expect(read.problems.length).toBeGreaterThan(0);
      }
    }),
    { numRuns: cases(500, 4_000) },
  );
});

/** What evaluation may meet: the nodes jsonata knows, but for those a rule has. */
const forbidden = new Set([
  ...['wildcard', 'descendant', 'parent', 'bind', 'regex', 'lambda', 'partial', 'apply'],
  ...['transform', 'sort', 'index'],
]);

test('no rule that passes holds a node or mark outside the allow-list', async () => {
  const { default: jsonata } = await import('jsonata');
  const types = (node: unknown): string[] => {
    if (Array.isArray(node)) return node.flatMap(types);
    if (typeof node !== 'object' || node === null) return [];
    const own = 'type' in node && typeof node.type === 'string' ? [node.type] : [];
    const marks = Object.keys(node).filter((mark) =>
      ['focus', 'index', 'ancestor', 'tuple', 'group', 'keepArray', 'slot'].includes(mark),
    );
    return [...own, ...marks, ...Object.values(node).flatMap(types)];
  };
  let passed = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { maxLength: 12 }), (parts) => {
      const source = `$$.body.${parts.join(' ')}`;
      const read = parseRule(source);
      if (!read.ok) return;
      passed++;
      const met = types(jsonata(read.rule.text).ast());
      expect(met.filter((type) => forbidden.has(type) || type === 'group')).toEqual([]);
    }),
    { numRuns: cases(2_000, 16_000) },
  );
  expect(passed).toBeGreaterThan(20);
});

const slippedThrough = [
  ...['$$.body.*', '$$.body.**', '$$.body.a.%', '$$.body^(a)', '$$.body.a@$x.b', '$$.body.a#$i.b'],
  ...['$$.body{a: b}', '$$.body.a[]', '($$.body; 1)', '($x := $$.body)', '$$.body ~> $count()'],
  ...['$$.body ~> |a|{"b": 1}|', '$eval($$.body)', '$$.body.$eval(a)', 'function($x){$x}($$.body)'],
  ...['$map($$.body, function($x){$x})', '$contains($$.body, /a/)', '$contains(?, $$.body)', '$x'],
  ...[
    '[1..$$.body]',
    '$$.body % 2',
    '$count',
    '$$',
    '$$[0].body',
    '$$.a',
    'a.b',
    '$.a',
    '$$.$count(1)',
  ],
  ...['$$.body.(a){b: c}', '$count($$.body){a: b}', '$$.body.a[b][]'],
  ...['$$.body[**]', '$$.body[$now() > 1]', '{"a": $eval($$.body)}', '[$$.body.*]', '-$random()'],
];

test.each(slippedThrough)('the tree alone refuses what the tokens would: %s', async (source) => {
  const { default: jsonata } = await import('jsonata');
  const problems = new RuleProblems();
  readRuleTree(jsonata(source).ast(), new Spans([], new Map()), problems);
  expect(problems.none).toBe(false);
});

test('the problems of an action name their rule', () => {
  const read = parseRules({ success: '$$.body.ok', failed: 'errors', matched: '$x' });
  expect(read.ok ? [] : read.problems.map(({ rule, code }) => [rule, code])).toEqual([
    ['failed', 'missing-root'],
    ['matched', 'variable'],
  ]);
  expect(parseRules(undefined)).toEqual({ ok: true, rules: {} });
});
