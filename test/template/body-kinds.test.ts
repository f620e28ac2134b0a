/** Forms against URLSearchParams, lines against the list of the same template. */
import { expect, test } from 'vitest';
import type { JsonValue } from '../../shared/contracts/json.ts';
import { canonical } from '../../shared/domain/record/canonical.ts';
import { compileForTexts } from '../../shared/domain/template/render-texts.ts';
import fc from '../fast-check.ts';
import { parsed, render, textOf } from './render.ts';

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.string({ unit: 'grapheme-ascii', maxLength: 30 }),
  fc.constantFrom('', ' ', '&', '=', '+', '%', '\ud800', 'a b&c=d+e%', '😀', '"', '\\'),
  fc.integer(),
  fc.boolean(),
);
const records = fc.array(
  fc.record({ id: scalar, tag: fc.option(scalar) }, { requiredKeys: ['id'] }),
  { minLength: 1, maxLength: 5 },
);

type Entries = [string, string][];
const text = (value: JsonValue): string => String(value);

test('a form is what URLSearchParams makes of the same names and values', () => {
  const source =
    '{"op & more": "add+1", "list": $$.connection.list, "none": $$.connection.none, "id": [$$.records.id], "n": [1, true], "tag": [$$.records.tag], "u": $string($$.connection.list)}';
  fc.assert(
    fc.property(records, scalar, (batch, list) => {
      const expected: Entries = [
        ['op & more', 'add+1'],
        ['list', text(list)],
        ...batch.map(({ id }): [string, string] => ['id', text(id)]),
        ['n', '1'],
        ['n', 'true'],
        ...batch.flatMap(({ tag }): Entries => (tag == null ? [] : [['tag', text(tag)]])),
        ['u', text(list)],
      ];
      const rendered = render(source, batch, { list }, { kind: 'form' });
      expect(rendered.text).toBe(new URLSearchParams(expected).toString());
      expect(byTexts(source, batch, { list }, 'form')).toBe(rendered.text);
    }),
    { numRuns: 300 },
  );
});

test('a form of one record says what it has', () => {
  const source =
    '{"id": $$.records.id, "tag": $$.records.tag, "both": $$.records.id & "/" & $$.records.tag}';
  fc.assert(
    fc.property(records, ([record]) => {
      const { id = '', tag } = record ?? {};
      const expected: Entries = [['id', text(id)]];
      if (tag != null) expected.push(['tag', text(tag)], ['both', `${id}/${tag}`]);
      const use = { kind: 'form', isSingle: true } as const;
      expect(render(source, [{ id, tag }], {}, use).text).toBe(
        new URLSearchParams(expected).toString(),
      );
    }),
    { numRuns: 300 },
  );
});

test('lines are the items of the list, each with the end of a line', () => {
  const source = '[$$.records.{"id": id, "tags": [tag], "x": "a" & id}]';
  fc.assert(
    fc.property(records, (batch) => {
      const lines = render(source, batch, {}, { kind: 'ndjson' });
      const list: JsonValue[] = JSON.parse(render(source, batch).text);
      expect(lines.text.endsWith('\n')).toBe(true);
      expect(
        lines.text
          .slice(0, -1)
          .split('\n')
          .map((line) => JSON.parse(line)),
      ).toEqual(list);
      expect(byTexts(source, batch, {}, 'ndjson')).toBe(lines.text);
    }),
    { numRuns: 300 },
  );
});

test('a list in a form, a separator in a joined value, and a list as a key are told, and the others go', () => {
  const cases = [
    ['{"id": [$$.records.id]}', ['a'], 'not-one-value', 'form', 'id=b'],
    ['{"ids": $join($$.records.id, "; ")}', 'x; y', 'separator-in-value', 'json', '{"ids":"b"}'],
    ['$$.records{id: {"t": tag}}', { a: 1 }, 'not-one-value', 'json', '{"b":{}}'],
    ['$$.records{id: {"t": tag}}', null, 'record-unnamed', 'json', '{"b":{}}'],
  ] as const;
  for (const [source, id, code, kind, body] of cases) {
    const rendered = render(source, [{ id, tag: null }, { id: 'b' }], {}, { kind });
    const found = rendered.invalid.map((each) => each.code);
    expect([rendered.text, found[0]]).toEqual([body, id === null ? 'nothing-to-send' : code]);
  }
});

test('a joined text has a limit of its own', () => {
  const large = Array.from({ length: 9 }, (_, at) => ({ id: `${at}${'x'.repeat(1_000_000)}` }));
  expect(() => render('{"ids": $join($$.records.id, ",")}', large)).toThrow(/8 MB/);
  expect(render('{"ids": [$$.records.id]}', large).sent).toBe(9);
});

function byTexts(
  source: string,
  batch: readonly Readonly<Record<string, JsonValue>>[],
  connection: Readonly<Record<string, JsonValue>>,
  kind: 'form' | 'ndjson',
): string {
  const template = parsed(source, { kind });
  const sources = template.fields.map((field) => ({ field, slot: field }));
  const texts = batch.map((record) => canonical(record));
  return textOf(compileForTexts(template, sources).render(texts, connection).body);
}
