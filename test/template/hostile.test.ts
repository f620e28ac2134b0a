/** Texts that would harm the parser, and the net under the token checks. */
import jsonata from 'jsonata';
import { describe, expect, test } from 'vitest';
import { pairBrackets } from '../../shared/domain/template/brackets.ts';
import { parseTemplate } from '../../shared/domain/template/parse.ts';
import { Problems } from '../../shared/domain/template/refusals.ts';
import { scan } from '../../shared/domain/template/scan.ts';
import { Spans } from '../../shared/domain/template/spans.ts';
import { usualUse } from '../../shared/domain/template/template.ts';
import { readTree } from '../../shared/domain/template/tree.ts';

describe('is refused before it can harm', () => {
  const full = (piece: string, before = '', after = '') => {
    const times = Math.floor((32_768 - before.length - after.length) / piece.length);
    return before + piece.repeat(times) + after;
  };
  const texts: readonly (readonly [string, string])[] = [
    ['defaults that double the tree, 30 levels deep', `${'('.repeat(30)}a${' ?? b)'.repeat(30)}`],
    ['elvis operators that do the same', `${'('.repeat(30)}a${' ?: b)'.repeat(30)}`],
    ['brackets', full('[')],
    ['braces with keys', full('{"a":')],
    ['round brackets', full('(')],
    ['minus signs', full('-')],
    ['assignments', full('$a:=')],
    ['conditions', full('a?')],
    ['conditions with both ends', full('a?b:')],
    ['steps', full('.a', '$$')],
    ['filters', full('[a]', '$$')],
    ['groups', full('{}', '$$')],
    ['calls', full('()', '$number')],
    ['sums', full('+a', 'a')],
    ['parents', full('%.')],
    ['wildcards', full('*')],
    ['functions', full('function($a){')],
    ['regular expressions', full('/((((((a*)*)*)*)*)*/,', '[')],
    ['refused items', full('$a.b,', '[', '1]')],
    ['texts that are joined', full('"a"&', '[')],
    ['joined lists', full('$join($$.records.a,",")&', '[')],
    ['keyed records', full('$$.records{a:', '[')],
    ['refused fields', full('a.b,', '[', '1]')],
  ];

  test.each(texts)('%s', (_, source) => {
    const parsed = parseTemplate(source);
    expect(parsed.ok).toBe(false);
    if (!parsed.ok) expect(parsed.problems.length).toBeLessThanOrEqual(100);
  });
});

test('the parser sees no comment, no regular expression and no operator that doubles the tree', () => {
  const source = '[a ?? b, /* c\n */ d ?: e, /f+/im, "/* g ?? */"]';
  const { text } = scan(source, new Problems());
  expect(text.replaceAll(' ', '·')).toBe('[a·=··b,··········d·=··e,·xxxxxx,·"/*·g·??·*/"]');
  expect(text).toHaveLength(source.length);
});

test('8,000 comments, and 16,000 items, are no harm', () => {
  expect(parseTemplate(`${'/**/'.repeat(8000)}[$$.records.a]`).ok).toBe(true);
  expect(parseTemplate(`[${'1,'.repeat(16_000)}[$$.records.a]]`).ok).toBe(true);
});

describe('without the token checks, the tree check refuses on its own', () => {
  const sources = [
    '[$$.records[0].a]',
    '[$$.records[a = 1].{"b": b}]',
    '{"a": $$.records[0]}',
    '{"a": $$.records[]}',
    '[$$.records.a[]]',
    '[$$.records.{"a": b[0]}]',
    '[$$.records.{"a": b[]}]',
    '[$$.records.{"a": "b"[0]}]',
    '[$$.records.{"a": 1[0]}]',
    '[$$.records.[a, b]][0]',
    '[$$.records.[a, b]][]',
    '[$$.records.{"a": b}{"c": d}]',
    '[$$.records.a{"c": d}]',
    '{"a": $$.records{b: c, d: e}}',
    '{"a": $$.records{"b": c}}',
    '{"a": $$.records{b.c: d}}',
    '{"a": $$.records[0]{b: c}}',
    '{"a": $$.records{b: c}[0]}',
    '{"a": $$.connection{b: c}, "d": [$$.records.e]}',
    '[$$.records.{"a": b}{c: d}]',
    '{"a": $join($$.records[0].b, ",")}',
    '{"a": $join($$.records.b[0], ",")}',
    '{"a": $join[0]($$.records.b, ",")}',
    '{"a": $join($$.records.b, ",")[0]}',
    '[$$.records.{"a": $string(b)[0]}]',
    '[$$.records.{"a": $boolean(b[0])}]',
    '[$$.records.{"a": "x" & b[0]}]',
    '[$$.records.{"a": ("x" & b)[0]}]',
    '[$$.records@$r.{"a": b}]',
    '[$$.records#$i.{"a": b}]',
    '[$$.records^(a).{"a": b}]',
    '[$$.records.{"a": %.b}]',
    '[$$.records.%.a]',
    '[$$.records.*]',
    '[$$.records.**]',
    '[$$.records.{"a": $.b}]',
    '[$$.records.$]',
    '[$$.records.(a)]',
    '[$$.records.{"a": $sum(b)}]',
    '[$$.records.{"a": $number[0](b)}]',
    '[$$.records.{"a": number(b)}]',
    '[$$.records.{"a": $number(?)}]',
    '[$$.records.{"a": $number(b)[0]}]',
    '[$$.records.{"a": -b}]',
    '[$$.records.{"a": b & [c]}]',
    '[$$.records.{"a": b & 1}]',
    '[$$.records.{"a": (b & c)}]',
    '[$$.records.{"a": b + 1}]',
    '[$$.records.{"a": b ? c : d}]',
    '[$$.records.{"a": b ~> $number}]',
    '[$$.records.{"a": /b/}]',
    '[$$.records.{"a": |b|{}|}]',
    '[$$.records.{"a": function($b){ $b }}]',
    '[$$.records.{"a"[0]: b}]',
    '[1..3, [$$.records.a]]',
    '{"a": ($b := 1), "c": [$$.records.a]}',
    '{"a": $$.connection.a[0], "c": [$$.records.a]}',
    '{"a": $$.connection[0].a, "c": [$$.records.a]}',
    '{"a": $$[0].connection.a, "c": [$$.records.a]}',
    '{"a": $$.connection.*, "c": [$$.records.a]}',
    '{"a": $$.connection.(a), "c": [$$.records.a]}',
    '$$[0].records',
  ];

  test.each(sources)('%s', (source) => {
    const problems = new Problems();
    const { tokens } = scan(source, problems);
    const pairs = pairBrackets(tokens, problems);
    expect(problems.none).toBe(true);
    readTree(jsonata(source).ast(), new Spans(tokens, pairs ?? new Map()), problems, usualUse);
    expect(problems.none).toBe(false);
  });
});
