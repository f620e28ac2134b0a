import { describe, expect, test } from 'vitest';
import { compiled, parsed, render, textOf } from './render.ts';

describe('what a template says of itself', () => {
  test('fields and connection names, in order of first appearance, each once', () => {
    const template = parsed(`{
      "id": $$.connection.crm.list, "name": $$.connection.audienceName, "n": $number($$.connection.crm.size),
      "a": [$$.records.{"x": $number(age), "y": email, "z": [$$.connection.region, \`first name\`]}],
      "b": [$$.records.email], "c": [$$.records.[$number(score), age]]
    }`);
    expect(template).toMatchObject({
      fields: ['age', 'email', 'first name', 'score'],
      unhashable: ['age', 'score'],
      wholeRecords: false,
      connection: ['crm', 'audienceName', 'region'],
    });
  });

  test('whether it sends whole records', () => {
    expect(parsed('{"a": $$.records}')).toMatchObject({ fields: [], wholeRecords: true });
    expect(parsed('$$.records').wholeRecords).toBe(true);
  });

  test('text in quotes is no field', () => {
    expect(parsed('[$$.records.{"a": "email", "b": `email`}]').fields).toEqual(['email']);
  });
});

describe('records that cannot be sent', () => {
  const template = '{"a": [$$.records.{"e": e, "n": $number(n)}], "b": [$$.records.[e]]}';

  test('are left out of every list, and the rest goes', () => {
    const records = [
      { e: 'a', n: '1' },
      { e: 'b', n: 'x' },
      { e: 'c' },
      {},
      { n: 'y' },
      { e: 'd', n: 2 },
    ];
    const { text, sent, invalid } = render(template, records);
    expect(JSON.parse(text)).toEqual({
      a: [{ e: 'a', n: 1 }, { e: 'c' }, { e: 'd', n: 2 }],
      b: [['a'], ['c'], ['d']],
    });
    expect(sent).toBe(3);
    expect(invalid.map(({ index, field, code }) => [index, field, code])).toEqual([
      [1, 'n', 'not-a-number'],
      [3, null, 'nothing-to-send'],
      [4, 'n', 'not-a-number'],
    ]);
  });

  test('leave nothing to send when they are all there is', () => {
    for (const records of [[], [{}], [{ n: 'x' }, { e: null }]]) {
      const { body, sent, invalid } = render(template, records);
      expect([body.length, sent, invalid.length]).toEqual([0, 0, records.length]);
    }
  });

  test('are those of which the body would say nothing, though it may say something else', () => {
    expect(render('[$$.records.{"type": "user", "e": e}]', [{ x: 1 }]).invalid).toEqual([
      {
        index: 0,
        field: null,
        code: 'nothing-to-send',
        reason:
          'The record has no value in any field that the template names (e), so that the request would say nothing of it. Map one that it always has.',
      },
    ]);
    expect(render('$$.records', [{ a: null }, { b: 1 }]).text).toBe('[{"b":1}]');
    expect(render('{"a": $$.records, "b": [$$.records.e]}', [{ x: 1 }]).text).toBe(
      '{"a":[{"x":1}],"b":[null]}',
    );
  });
});

describe('connection values', () => {
  test('are left out of an object and null in a list when absent', () => {
    const source =
      '{"id": $$.connection.id, "l": [$$.connection.id], "m": [$$.records.{"id": $$.connection.id, "e": e}]}';
    expect(render(source, [{ e: 1 }]).text).toBe('{"l":[null],"m":[{"e":1}]}');
    expect(render(source, [{ e: 1 }], { id: null }).text).toBe('{"l":[null],"m":[{"e":1}]}');
    expect(render(source, [{ e: 1 }, { e: 2 }], { id: 'é"' }).text).toBe(
      '{"id":"é\\"","l":["é\\""],"m":[{"id":"é\\"","e":1},{"id":"é\\"","e":2}]}',
    );
  });

  test('are each their own, and the same one can be text and number', () => {
    const source =
      '{"a": $$.connection.x, "b": $number($$.connection.x), "c": $$.connection.y, "m": [$$.records.e]}';
    expect(render(source, [{ e: 1 }], { x: '1.50', y: '2' }).text).toBe(
      '{"a":"1.50","b":1.5,"c":"2","m":[1]}',
    );
  });

  test('are own properties only', () => {
    const source =
      '{"a": $$.connection.toString, "b": $$.connection.x.valueOf, "m": [$$.records.e]}';
    expect(render(source, [{ e: 1 }], { x: { y: 1 } }).text).toBe('{"m":[1]}');
    const own = JSON.parse('{"toString": 1, "x": {"valueOf": 2}}');
    expect(render(source, [{ e: 1 }], own).text).toBe('{"a":1,"b":2,"m":[1]}');
  });

  test('that do not fit are named, without their value', () => {
    const number = '{"n": $number($$.connection.n), "m": [$$.records.e]}';
    expect(render(number, [{ e: 1 }], { n: '12' }).text).toBe('{"n":12,"m":[1]}');
    expect(() => render(number, [{ e: 1 }], { n: 'secret' })).toThrow(
      'The template sends $$.connection.n as a number, but its value is not one that JSON keeps exactly. Change the value, or take out $number.',
    );
    const path = '{"n": $$.connection.a.b, "m": [$$.records.e]}';
    expect(() => render(path, [{ e: 1 }], { a: [{ b: 1 }] })).toThrow(
      "The template's $$.connection.a.b goes through a list.",
    );
  });
});

test('fields are own properties only', () => {
  const source = '[$$.records.{"a": toString, "b": valueOf, "c": hasOwnProperty, "e": e}]';
  expect(render(source, [{ e: 1 }]).text).toBe('[{"e":1}]');
  expect(render(source, [JSON.parse('{"toString": 1, "hasOwnProperty": 2}')]).text).toBe(
    '[{"a":1,"c":2}]',
  );
  expect(render('$$.records', [JSON.parse('{"__proto__": 1}')]).text).toBe('[{"__proto__":1}]');
});

test('every character is written as JSON.stringify writes it, at every length around the limits', () => {
  const signs = Array.from({ length: 0x260 }, (_, unit) => String.fromCharCode(unit));
  const rest = [
    '\u07ff',
    '\u0800',
    '\ud7ff',
    '\ud800',
    '\udbff',
    '\udc00',
    '\udfff',
    '\ue000',
    '\uffff',
    '😀',
  ];
  const records: { t: string }[] = [];
  for (const sign of [...signs, ...rest]) {
    for (const length of [0, 1, 2, 3, 14, 15, 16, 17, 18, 19, 20, 31, 63]) {
      const fill = 'x'.repeat(length);
      records.push({ t: sign + fill }, { t: fill + sign }, { t: fill + sign + fill });
    }
  }
  expect(render('[$$.records.t]', records).text).toBe(JSON.stringify(records.map(({ t }) => t)));
});

test('an escape is found wherever it stands in a text', () => {
  const records: { t: string }[] = [];
  for (const sign of ['"', '\\', '\n', '\u0000', '\u001f', '\u00e9', '\u20ac', '\ud83d']) {
    for (let length = 1; length <= 40; length++) {
      for (let at = 0; at < length; at++) {
        records.push({ t: 'x'.repeat(at) + sign + 'x'.repeat(length - at - 1) });
      }
    }
  }
  expect(render('[$$.records.t]', records).text).toBe(JSON.stringify(records.map(({ t }) => t)));
});

test('what JSON has no number for is null, as JSON.stringify writes it', () => {
  const records = [{ n: Number.NaN }, { n: Number.NEGATIVE_INFINITY }, { n: -0 }];
  expect(render('[$$.records.{"n": n}]', records).text).toBe('[{"n":null},{"n":null},{"n":0}]');
});

test('a body grows from bytes to megabytes, and shrinks again', () => {
  const renderer = compiled('{"m": [$$.records.{"a": a, "b": [b, "fixed", $number(n)]}]}');
  for (const size of [1, 100_000, 3, 2_000_000, 0, 40, 70_000]) {
    for (const count of [1, 7]) {
      const records = Array.from({ length: count }, (_, n) => ({
        a: 'é'.repeat(size),
        b: '"'.repeat(size),
        n,
      }));
      const expected = { m: records.map(({ a, b, n }) => ({ a, b: [b, 'fixed', n] })) };
      expect(textOf(renderer.render(records, {}).body)).toBe(JSON.stringify(expected));
    }
  }
});

test.each([
  ['at once', [{ a: 'x'.repeat(90_000_000) }]],
  ['record by record', Array.from({ length: 70 }, () => ({ a: 'x'.repeat(1_000_000) }))],
])('a body that outgrows a function %s is refused', (_, records) => {
  expect(() => render('{"a": [$$.records.a]}', records)).toThrow(
    'A request body would be larger than 64 MB. Lower the batch size, or send fewer fields.',
  );
});
