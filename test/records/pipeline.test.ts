/** From row to record. */

import { describe, expect, test } from 'vitest';
import { hash } from '../../shared/records/hash.ts';
import fc from '../fast-check.ts';
import { anyText, make, oneField, recordsOf, textOf } from './setup.ts';

describe('mapping', () => {
  test('one column may fill several fields; columns are named once, in order', () => {
    const records = recordsOf({
      insert: { fields: ['B', 'A', 'C'] },
      mappings: { A: { column: 'z' }, B: { column: 'y' }, C: { column: 'z' } },
    });
    expect(records.columns).toEqual(['y', 'z']);
    expect(make(records, { y: 1, z: 2 })).toEqual({ A: 2, B: 1, C: 2 });
  });

  test('columns and fields may be called anything', () => {
    const odd = ['', ' ', '"', '\\', 'ä|ö', '.', 'a b', '\u0000', '\ud83d\ude00', 'toString'];
    const names = odd.filter((name) => name !== '');
    const records = recordsOf({
      insert: { fields: names },
      mappings: Object.fromEntries(names.map((name) => [name, { column: name }])),
    });
    const row = Object.fromEntries(names.map((name, index) => [name, index + 1]));
    expect(make(records, row)).toEqual(row);
    expect(records.forAction('insert', textOf(records, row))).toEqual(row);
  });

  test('literals stand in every record, beside columns or alone', () => {
    const records = recordsOf({
      insert: { fields: ['A', 'B', 'C'], settings: { A: { static: true } } },
      mappings: { A: { value: 'x' }, B: { value: 0 }, C: { column: 'c' } },
    });
    expect(records.columns).toEqual(['c']);
    expect(make(records, { c: null })).toEqual({ A: 'x', B: 0 });
    expect(make(records, { c: false })).toEqual({ A: 'x', B: 0, C: false });
  });

  test('whole records are all fields the sync maps', () => {
    const records = recordsOf({
      insert: { fields: '*', settings: { EMAIL: { hash: 'MD5' } } },
      delete: { fields: ['EMAIL'], settings: { EMAIL: { hash: 'MD5' } } },
      mappings: { EMAIL: { column: 'e' }, ANY: { value: 1 } },
    });
    const record = textOf(records, { e: 'x' });
    expect(records.forAction('insert', record)).toEqual({ ANY: 1, EMAIL: hash('MD5', 'x') });
    expect(records.forAction('delete', record)).toEqual({ EMAIL: hash('MD5', 'x') });
  });
});

describe('values', () => {
  test.each([[null], [''], [[]], [{}]])(
    '%j is left out, and is not enough where required',
    (value) => {
      expect(make(oneField({}), { f: value })).toEqual({});
      expect(make(oneField({ required: true }), { f: value })).toBe('field-required');
      expect(make(oneField({ hash: 'SHA256' }), { f: value })).toEqual({});
      expect(make(oneField({ hash: 'SHA256' }, { hashPersonalData: false }), { f: value })).toEqual(
        {},
      );
      expect(make(oneField({}, { normalise: { F: 'email' } }), { f: value })).toEqual({});
    },
  );

  test('white space alone is a value, unless it is trimmed', () => {
    const trimmed = { normalise: { F: 'trim' } };
    expect(make(oneField({ required: true }), { f: ' ' })).toEqual({ F: ' ' });
    expect(make(oneField({}, trimmed), { f: ' ' })).toEqual({});
    expect(make(oneField({ required: true }, trimmed), { f: ' ' })).toBe('field-required');
  });

  test('a dropped value is not enough where one is required', () => {
    const rest = { normalise: { F: { rule: 'email', unreadable: 'drop' } } };
    expect(make(oneField({ required: true }, rest), { f: 'n/a' })).toBe('field-required');
  });

  test('zero and false are values', () => {
    expect(make(oneField({ required: true }), { f: 0 })).toEqual({ F: 0 });
    expect(make(oneField({ required: true }), { f: false })).toEqual({ F: false });
  });

  test('a normalised number becomes text, any other value keeps its type', () => {
    expect(make(oneField({}, { normalise: { F: 'trim' } }), { f: 5 })).toEqual({ F: '5' });
    expect(make(oneField({}, { normalise: { F: 'trim' } }), { f: [5] })).toBe('field-nested');
    const records = oneField({});
    fc.assert(
      fc.property(fc.json({ maxDepth: 3 }), (json) => {
        fc.pre(!['null', '""', '[]', '{}'].includes(json));
        expect(make(records, { f: JSON.parse(json) })).toEqual({ F: JSON.parse(json) });
      }),
    );
  });

  test('the text is canonical: slots and nested names in order, whatever order they came in', () => {
    const records = recordsOf({
      insert: { fields: ['b', 'a', 'B'] },
      mappings: { b: { column: 'x' }, B: { column: 'y' }, a: { value: 1 } },
    });
    const nested = { z: [{ b: 1, a: 2 }], a: { d: null, c: '"' } };
    expect(textOf(records, { x: nested, y: 'é\n' })).toBe(
      '{"B":"é\\n","a":1,"b":{"a":{"c":"\\"","d":null},"z":[{"a":2,"b":1}]}}',
    );
  });

  test('texts are written as JSON.stringify writes them', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1 }), (value) => {
        expect(textOf(oneField({}), { f: value })).toBe(JSON.stringify({ F: value }));
      }),
    );
  });
});
