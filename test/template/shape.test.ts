/** The shape of a body never depends on the data. */
import { describe, expect, test } from 'vitest';
import { compiled, render, textOf } from './render.ts';

const templates = [
  ['objects', '{"members": [$$.records.{"email": email, "n": $number(n)}]}'],
  ['rows', '{"members": [$$.records.[email, $number(n)]]}'],
  ['rows of one field', '{"members": [$$.records.[email]]}'],
  ['values', '{"members": [$$.records.email]}'],
  ['whole records', '{"members": $$.records}'],
  ['whole records in brackets', '{"members": [$$.records]}'],
  ['a list for each record', '{"members": [$$.records.{"emails": [email]}]}'],
] as const;

const member = (index: number) => ({ email: `m${index}@example.com`, n: index });
const batch = (count: number) => Array.from({ length: count }, (_, index) => member(index));

/** What kind of thing stands where, without the data: of lists that hold more than one shape, all of them. */
function shapeOf(value: unknown): unknown {
  if (Array.isArray(value))
    return ['list of', ...new Set(value.map((item) => JSON.stringify(shapeOf(item))))];
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shapeOf(member)]));
}

const membersOf = (text: string): unknown[] => JSON.parse(text).members;

describe.each(templates)('%s', (_, source) => {
  test('one record has the shape of two, and of 5,000', () => {
    const one = render(source, batch(1)).text;
    for (const count of [2, 3, 5000]) {
      const { text } = render(source, batch(count));
      expect(shapeOf(JSON.parse(text))).toEqual(shapeOf(JSON.parse(one)));
      expect(membersOf(text)).toHaveLength(count);
    }
  });

  test('the last batch of 5,001 records has the shape of the first', () => {
    const renderer = compiled(source);
    const records = batch(5001);
    const [first, last] = [records.slice(0, 5000), records.slice(5000)].map((part) =>
      textOf(renderer.render(part, {}).body),
    );
    expect(shapeOf(JSON.parse(last ?? ''))).toEqual(shapeOf(JSON.parse(first ?? '')));
    expect(membersOf(last ?? '')).toHaveLength(1);
    expect(membersOf(first ?? '')).toHaveLength(5000);
  });

  test('each record is written as it is written alone', () => {
    const records = batch(20);
    const alone = records.flatMap((record) => membersOf(render(source, [record]).text));
    expect(membersOf(render(source, records).text)).toEqual(alone);
  });
});

test('a value that is a list is one item, whatever its length', () => {
  const records = [[], ['a'], ['a', 'b']].map((tags) => ({ id: 1, tags }));
  expect(render('[$$.records.[id, tags]]', records).text).toBe('[[1,[]],[1,["a"]],[1,["a","b"]]]');
  expect(render('[$$.records.tags]', records).text).toBe('[[],["a"],["a","b"]]');
  expect(render('[$$.records.{"t": [tags]}]', records).text).toBe(
    '[{"t":[[]]},{"t":[["a"]]},{"t":[["a","b"]]}]',
  );
});

test('a field without a value is left out of an object and null in a list', () => {
  const records = [{ a: 1 }, { b: 2 }, { a: null, b: 3 }, { a: undefined, b: 4 }];
  expect(render('[$$.records.[a, b]]', records).text).toBe('[[1,null],[null,2],[null,3],[null,4]]');
  expect(render('[$$.records.{"a": a, "b": b}]', records).text).toBe(
    '[{"a":1},{"b":2},{"b":3},{"b":4}]',
  );
  expect(render('{"x": [$$.records.a], "y": [$$.records.b]}', records).text).toBe(
    '{"x":[1,null,null,null],"y":[null,2,3,4]}',
  );
  expect(render('$$.records', records).text).toBe('[{"a":1},{"b":2},{"b":3},{"b":4}]');
});

test('objects whose members are all left out stay', () => {
  const source = '[$$.records.{"id": id, "name": {"first": first, "last": last}, "t": [{"x": x}]}]';
  expect(render(source, [{ id: 1 }]).text).toBe('[{"id":1,"name":{},"t":[{}]}]');
});

test('commas stand where they should, whichever members are left out', () => {
  const source =
    '[$$.records.{"a": a, "s": 1, "b": b, "o": {"c": c, "d": d}, "e": e, "l": [a, b], "f": f}]';
  for (let present = 1; present < 64; present++) {
    const names = [...'abcdef'].filter((_, bit) => present & (1 << bit));
    const record = Object.fromEntries(names.map((name) => [name, name]));
    const { a, b, c, d, e, f } = record;
    const l = [a ?? null, b ?? null];
    const expected = JSON.stringify([{ a, s: 1, b, o: { c, d }, e, l, f }]);
    expect(render(source, [record]).text).toBe(expected);
  }
});
