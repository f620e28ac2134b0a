/** What is hashed, what is refused, and in which words. */

import { describe, expect, test } from 'vitest';
import type { HashType } from '../../shared/contracts/destination.ts';
import type { JsonValue } from '../../shared/contracts/json.ts';
import type { NormaliseRule } from '../../shared/contracts/normalise.ts';
import { hash } from '../../shared/records/hash.ts';
import fc from '../fast-check.ts';
import vectors from './hash-vectors.json' with { type: 'json' };
import { anyText, compile, make, oneField, recordsOf } from './setup.ts';

type Algorithm = Exclude<HashType, 'NONE'>;
const digits: [Algorithm, number][] = [
  ['SHA256', 64],
  ['SHA512', 128],
  ['MD5', 32],
];

test.each(vectors)('$hash as in $source', ({ hash: type, text, digest }) => {
  expect(make(oneField({ hash: type as Algorithm }), { f: text })).toEqual({ F: digest });
});

/** The words a fault is told in, for a field called EMAIL. */
function reasonFor(hashType: Algorithm, hashPersonalData: boolean, value: JsonValue) {
  const records = recordsOf({
    insert: { fields: ['EMAIL'], settings: { EMAIL: { hash: hashType } } },
    mappings: { EMAIL: { column: 'mail' } },
    hashPersonalData,
  });
  const made = records.make([value]);
  return made.ok ? undefined : made.fault.reason;
}

test('the refusals are told in these words', () => {
  expect(reasonFor('SHA256', false, 'a@example.com')).toBe(
    'Hashing is disabled but the value for field EMAIL appears to be unhashed. Either enable hashing or send pre-hashed data.',
  );
  expect(reasonFor('SHA256', true, hash('SHA256', 'a@example.com'))).toBe(
    'Hashing is enabled but the value for field EMAIL already looks like a SHA256 hash. Either disable hashing or send the plain value.',
  );
  expect(reasonFor('MD5', true, hash('MD5', 'a@example.com'))).toContain('looks like a MD5 hash');
});

describe.each(digits)('a value looks like %s', (type, length) => {
  const hex = fc.string({
    unit: fc.constantFrom(...'0123456789abcdefABCDEF'),
    minLength: length,
    maxLength: length,
  });
  const on = oneField({ hash: type });
  const off = oneField({ hash: type }, { hashPersonalData: false });

  test(`when it is ${length} hexadecimal digits of either case: refused with hashing, passed on as it is without`, () => {
    fc.assert(
      fc.property(hex, (value) => {
        expect(make(on, { f: value })).toBe('field-already-hashed');
        expect(make(off, { f: value })).toEqual({ F: value });
      }),
    );
  });

  test('and not when a digit is missing, added or none', () => {
    const almost = hex.chain((value) =>
      fc.constantFrom(value.slice(1), `${value}0`, `g${value.slice(1)}`, `${value}\n`, ` ${value}`),
    );
    fc.assert(
      fc.property(almost, (value) => {
        expect(make(off, { f: value })).toBe('field-not-hashed');
        expect(make(on, { f: value })).toEqual({ F: hash(type, value) });
      }),
    );
  });

  test('and only then: any other value is hashed to lower-case digits', () => {
    fc.assert(
      fc.property(anyText({ minLength: 1, maxLength: 30 }), (value) => {
        expect(make(on, { f: value })).toEqual({ F: hash(type, value) });
        expect(hash(type, value)).toMatch(new RegExp(`^[0-9a-f]{${length}}$`));
        expect(make(off, { f: value })).toBe('field-not-hashed');
      }),
    );
  });
});

test('the hash of another algorithm is a plain value', () => {
  const md5 = hash('MD5', 'x');
  expect(make(oneField({ hash: 'SHA256' }), { f: md5 })).toEqual({ F: hash('SHA256', md5) });
  expect(make(oneField({ hash: 'SHA256' }, { hashPersonalData: false }), { f: md5 })).toBe(
    'field-not-hashed',
  );
});

test('a hashed number or boolean is its JSON text; a list or an object is refused', () => {
  const records = oneField({ hash: 'SHA256' });
  expect(make(records, { f: 12.5 })).toEqual({ F: hash('SHA256', '12.5') });
  expect(make(records, { f: true })).toEqual({ F: hash('SHA256', 'true') });
  expect(make(records, { f: 0 })).toEqual({ F: hash('SHA256', '0') });
  expect(make(records, { f: ['a'] })).toBe('field-nested');
  expect(make(records, { f: { a: 1 } })).toBe('field-nested');
});

test('without hashing, fields that have no hash are passed on whatever they look like', () => {
  const records = oneField({}, { hashPersonalData: false });
  expect(make(records, { f: hash('MD5', 'x') })).toEqual({ F: hash('MD5', 'x') });
  expect(make(records, { f: 'plain' })).toEqual({ F: 'plain' });
});

const noChoice = [undefined];
const choices = ['refuse', 'drop'];

/** What each rule does with what it cannot read; those that read everything have no choice. Complete by its type. */
const anyRule: Record<NormaliseRule['rule'], readonly (string | undefined)[]> = {
  trim: noChoice,
  lowercase: noChoice,
  name: noChoice,
  email: choices,
  phone: choices,
  date: choices,
  country: choices,
  state: choices,
  gender: choices,
  postcode: choices,
};

describe('normalisation and hashes', () => {
  const rules = Object.keys(anyRule) as (keyof typeof anyRule)[];

  test.each(rules)(
    'with hashing, a hash is called a hash, neither unreadable nor dropped: %s',
    (rule) => {
      const value = hash('SHA256', 'x');
      for (const unreadable of anyRule[rule]) {
        const normalise = { F: { rule, ...(unreadable && { unreadable }) } };
        const records = oneField({ hash: 'SHA256' }, { normalise });
        for (const written of [value, value.toUpperCase(), `\u200b ${value} `])
          expect(make(records, { f: written })).toBe('field-already-hashed');
        if (unreadable) expect(make(records, { f: hash('MD5', 'x') })).toBe('field-already-hashed');
        const literal = compile({
          insert: { fields: ['F'], settings: { F: { hash: 'SHA256' } } },
          mappings: { F: { value } },
          normalise,
        });
        expect(literal).toMatchObject({ ok: false, problems: [{ code: 'field-already-hashed' }] });
      }
    },
  );

  test('the check sees the normal form', () => {
    const records = oneField({ hash: 'MD5' }, { normalise: { F: 'trim' } });
    expect(make(records, { f: ` ${hash('MD5', 'x')} ` })).toBe('field-already-hashed');
  });

  test('without hashing, a hashed value is not normalised', () => {
    const upper = hash('SHA256', 'x').toUpperCase();
    for (const rule of ['lowercase', 'email', 'name']) {
      const off = { hashPersonalData: false, normalise: { F: rule } };
      expect(make(oneField({ hash: 'SHA256' }, off), { f: upper })).toEqual({ F: upper });
      expect(make(oneField({ hash: 'SHA256' }, off), { f: ` ${upper}` })).toBe('field-not-hashed');
    }
  });

  test('without hashing, a field that has no hash still is', () => {
    const off = { hashPersonalData: false, normalise: { F: 'trim' } };
    expect(make(oneField({}, off), { f: ' a ' })).toEqual({ F: 'a' });
  });
});

describe('literals', () => {
  const literal = (value: string | number, hashPersonalData = true) =>
    compile({
      insert: { fields: ['F'], settings: { F: { hash: 'SHA256', static: true } } },
      mappings: { F: { value } },
      hashPersonalData,
    });

  test('are hashed like values', () => {
    const compiled = literal(7);
    expect(compiled.ok && make(compiled.records, {})).toEqual({ F: hash('SHA256', '7') });
  });

  test('meet the same checks, when the sync is saved', () => {
    expect(literal(hash('SHA256', 'x'))).toMatchObject({
      ok: false,
      problems: [{ code: 'field-already-hashed', path: 'mappings.F' }],
    });
    expect(literal('plain', false)).toMatchObject({
      ok: false,
      problems: [{ code: 'field-not-hashed', path: 'mappings.F' }],
    });
    expect(literal(hash('SHA256', 'x'), false).ok).toBe(true);
  });
});
