/** What the actions send of a record, and when two records are one to them. */

import { describe, expect, test } from 'vitest';
import type { JsonValue } from '../../shared/contracts/json.ts';
import { canonical } from '../../shared/domain/record/canonical.ts';
import { hash } from '../../shared/records/hash.ts';
import fc from '../fast-check.ts';
import { make, oneField, recordsOf, type Setup, textOf } from './setup.ts';

const twoForms: Setup = {
  insert: { fields: ['EMAIL', 'NAME'], settings: { EMAIL: { hash: 'SHA256', required: true } } },
  update: 'insert',
  delete: { fields: ['EMAIL'] },
  mappings: { EMAIL: { column: 'mail' }, NAME: { column: 'name' } },
};

describe('forms', () => {
  test('where actions hash a field differently, each form has its slot', () => {
    const records = recordsOf(twoForms);
    const digest = hash('SHA256', 'x');
    expect(make(records, { mail: 'x', name: 'n' })).toEqual({
      EMAIL: 'x',
      'EMAIL|SHA256': digest,
      NAME: 'n',
    });
    const record = textOf(records, { mail: 'x', name: 'n' });
    expect(records.forAction('insert', record)).toEqual({ EMAIL: digest, NAME: 'n' });
    expect(records.forAction('update', record)).toEqual({ EMAIL: digest, NAME: 'n' });
    expect(records.forAction('delete', record)).toEqual({ EMAIL: 'x' });
  });

  test('a plain form keeps its type beside a hashed one', () => {
    expect(make(recordsOf(twoForms), { mail: 5 })).toEqual({
      EMAIL: 5,
      'EMAIL|SHA256': hash('SHA256', '5'),
    });
  });

  test('two hashes both carry their algorithm; without hashing there is one form', () => {
    const both: Setup = {
      insert: { fields: ['F'], settings: { F: { hash: 'SHA256' } } },
      delete: { fields: ['F'], settings: { F: { hash: 'MD5' } } },
      mappings: { F: { column: 'f' } },
    };
    expect(make(recordsOf(both), { f: 'x' })).toEqual({
      'F|MD5': hash('MD5', 'x'),
      'F|SHA256': hash('SHA256', 'x'),
    });
    for (const type of ['MD5', 'SHA256'] as const) {
      expect(make(recordsOf(both), { f: hash(type, 'x') })).toBe('field-already-hashed');
    }
    const off = recordsOf({ ...twoForms, hashPersonalData: false });
    const record = textOf(off, { mail: hash('SHA256', 'x') });
    for (const action of ['insert', 'delete'] as const) {
      expect(off.forAction(action, record)).toEqual({ EMAIL: hash('SHA256', 'x') });
    }
    expect(JSON.parse(record)).toEqual({ EMAIL: hash('SHA256', 'x') });
  });

  test('required by one action, required in every record', () => {
    const records = recordsOf({
      insert: { fields: ['A', 'F'] },
      delete: { fields: ['F'], settings: { F: { required: true } } },
      mappings: { A: { column: 'a' }, F: { column: 'f' } },
    });
    expect(make(records, { a: 1 })).toBe('field-required');
  });
});

describe('what an action sees', () => {
  test('a field without a value is absent, and nothing comes from the prototype', () => {
    const records = recordsOf({
      insert: { fields: ['toString', 'valueOf'] },
      mappings: { toString: { column: 'a' }, valueOf: { column: 'b' } },
    });
    expect(Object.keys(records.forAction('insert', '{}'))).toEqual([]);
    expect(records.sameUpsert('{}', '{"toString":1}')).toBe(false);
  });

  test('an action the destination lacks sees nothing', () => {
    expect(oneField({}).forAction('delete', '{"F":1}')).toEqual({});
  });
});

describe('the same upsert', () => {
  const records = recordsOf({
    insert: { fields: ['A', 'I'] },
    update: { fields: ['A', 'U'] },
    delete: { fields: ['D'] },
    mappings: { A: { column: 'a' }, I: { column: 'i' }, U: { column: 'u' }, D: { column: 'd' } },
  });
  const record = (row: Record<string, JsonValue>) => textOf(records, row);
  const base = { a: { x: [1] }, i: 1, u: 1, d: 1 };

  test('is not changed by what only a delete sends', () => {
    expect(records.sameUpsert(record(base), record({ ...base, d: 2 }))).toBe(true);
    expect(records.sameUpsert(record(base), record({ ...base, d: null }))).toBe(true);
  });

  test.each(['a', 'i', 'u'])('is changed by %s, which an insert or update sends', (column) => {
    expect(records.sameUpsert(record(base), record({ ...base, [column]: 2 }))).toBe(false);
    expect(records.sameUpsert(record(base), record({ ...base, [column]: null }))).toBe(false);
  });

  test('is changed within a list or an object', () => {
    expect(records.sameUpsert(record(base), record({ ...base, a: { x: [1] } }))).toBe(true);
    expect(records.sameUpsert(record(base), record({ ...base, a: { x: [2] } }))).toBe(false);
    expect(records.sameUpsert(record(base), record({ ...base, a: [1] }))).toBe(false);
  });

  test('is every difference, where there is no insert or update', () => {
    const removals = recordsOf({ delete: { fields: ['D'] }, mappings: { D: { column: 'd' } } });
    expect(removals.sameUpsert('{"D":1}', '{"D":1}')).toBe(true);
    expect(removals.sameUpsert('{"D":1}', '{"D":2}')).toBe(false);
  });

  test('is the same view of both records', () => {
    const cell = fc.constantFrom<JsonValue>(null, 1, '1', true, [1], { a: 1 });
    const row = fc.record({ a: cell, i: cell, u: cell, d: cell });
    fc.assert(
      fc.property(row, row, (left, right) => {
        const [a, b] = [record(left), record(right)];
        const view = (text: string) => [
          records.forAction('insert', text),
          records.forAction('update', text),
        ];
        expect(records.sameUpsert(a, b)).toBe(canonical(view(a)) === canonical(view(b)));
      }),
    );
  });
});

describe('identity', () => {
  const setup: Setup = {
    ...twoForms,
    delete: { fields: ['EMAIL', 'NAME'], settings: { EMAIL: { hash: 'MD5' } } },
  };
  const records = recordsOf({ ...setup, identity: ['NAME', 'EMAIL'] });

  test('is the identity fields in the form a delete sends', () => {
    const record = textOf(records, { mail: 'x', name: 'n' });
    const fields = `{"EMAIL":"${hash('MD5', 'x')}","NAME":"n"}`;
    expect(records.identity(record)).toBe(hash('SHA256', fields).slice(0, 32));
  });

  test('is known of a record that is made as of one that is read', () => {
    const value = fc.oneof(fc.constantFrom('""', 'null', '0', '{"a":""}'), fc.json());
    fc.assert(
      fc.property(value, value, (mail, name) => {
        const values: Record<string, JsonValue> = { mail, name: JSON.parse(name) };
        const made = records.make(records.columns.map((column) => values[column] ?? null));
        if (made.ok) expect(made.identity).toBe(records.identity(made.record));
      }),
    );
  });

  test('changes with an identity field and with nothing else', () => {
    const byMail = recordsOf({ ...setup, identity: ['EMAIL'] });
    const of = (row: Record<string, JsonValue>) => byMail.identity(textOf(byMail, row));
    expect(of({ mail: 'x', name: 'n' })).toBe(of({ mail: 'x', name: 'm' }));
    expect(of({ mail: 'x', name: 'n' })).not.toBe(of({ mail: 'y', name: 'n' }));
  });

  test('is none where the record has none', () => {
    expect(records.identity('{}')).toBeUndefined();
  });

  const column = (name: string) => ({ column: name });
  const bySetup: [why: string, setup: Partial<Setup>, expected: string[]][] = [
    ['what the delete names', {}, ['EMAIL', 'NAME']],
    ['what the sync names of it', { identity: ['NAME'] }, ['NAME']],
    [
      'literals say nothing of anybody',
      { mappings: { ...setup.mappings, NAME: { value: 'a' } } },
      ['EMAIL'],
    ],
    ['exactly the key', { key: ['name', 'mail'] }, []],
    ['exactly the key, named by the sync', { key: ['mail'], identity: ['EMAIL'] }, []],
    ['the key and more', { key: ['mail'] }, ['EMAIL', 'NAME']],
    ['less than the key', { key: ['mail', 'name', 'id'] }, ['EMAIL', 'NAME']],
    [
      'several keys normalised into one',
      { key: ['mail', 'name'], normalise: { EMAIL: 'email' } },
      ['EMAIL', 'NAME'],
    ],
    ['whole records with the key among them', { key: ['mail'], delete: { fields: '*' } }, []],
    ['whole records without it', { delete: { fields: '*' } }, ['EMAIL', 'NAME']],
    ['nothing is removed', { delete: undefined }, []],
    [
      'the key alone',
      { mappings: { ...setup.mappings, ID: column('id') }, delete: { fields: ['ID'] } },
      [],
    ],
  ];
  test.each(bySetup)('%s', (_, changes, expected) => {
    expect(recordsOf({ ...setup, ...changes }).identityFields).toEqual(expected);
  });
});

test('values that went away unsaid are those an update leaves out, where the destination says nothing', () => {
  const fields = ['A', 'B', 'C', 'D'];
  const settings = { B: { whenEmpty: null }, C: { whenEmpty: 'omit' } } as const;
  const records = recordsOf({
    insert: { fields, settings },
    update: 'insert',
    mappings: Object.fromEntries(fields.map((name) => [name, { column: name }])),
  });
  const before = textOf(records, { A: 1, B: 1, C: 1, D: 1 });
  expect(records.uncleared(before, textOf(records, { D: 2 }))).toEqual(['A']);
  expect(records.uncleared(before, before)).toEqual([]);
  const noUpdate = recordsOf({
    insert: { fields: ['A'] },
    mappings: { A: { column: 'A' } },
  });
  expect(noUpdate.uncleared('{"A":1}', '{}')).toEqual([]);
});
