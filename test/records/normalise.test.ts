/** Values reach the form that the platforms publish, and stay in it. */

import { describe, expect, test } from 'vitest';
import { Normalise } from '../../shared/contracts/normalise.ts';
import fc from '../fast-check.ts';
import platform from './platform-vectors.json' with { type: 'json' };
import readings from './readings.json' with { type: 'json' };
import { anyText, make, oneField } from './setup.ts';

const field = (normalise: unknown, hash: 'NONE' | 'SHA256' = 'NONE') =>
  oneField({ hash }, { normalise: { F: normalise } });

describe('published by the platforms', () => {
  test.each(platform.vectors)('$source: $value', ({ source, normalise, value, normal, sha256 }) => {
    expect(Object.keys(platform.sources)).toContain(source);
    expect(make(field(normalise), { f: value })).toEqual({ F: normal });
    if (sha256) expect(make(field(normalise, 'SHA256'), { f: value })).toEqual({ F: sha256 });
  });

  test('every source is used, and names its document and address', () => {
    const used = new Set(platform.vectors.map(({ source }) => source));
    for (const [name, { title, address }] of Object.entries(platform.sources)) {
      expect(used).toContain(name);
      expect(title).not.toBe('');
      expect(address).toMatch(/^https:\/\//);
    }
  });
});

test.each(readings)('$normalise reads $value as $normal', ({ normalise, value, normal }) => {
  const expected = normal === null ? 'field-unreadable' : normal === '' ? {} : { F: normal };
  expect(make(field(normalise), { f: value })).toEqual(expected);
});

describe('what is normal stays as it is', () => {
  const text = fc.oneof(
    fc.string(),
    anyText(),
    fc.emailAddress().map((address) => ` ${address.toUpperCase()}`),
    fc.constantFrom(
      'İstanbul',
      'ΑΣ',
      'J\u030c',
      'Ω-\u0301x',
      '\u0300 \u20ea',
      'e \u0301',
      'a.b+c@gmail.com',
      'ﬁ',
      'ǅ',
    ),
  );
  test.each([
    ['trim'],
    ['lowercase'],
    [['trim', 'lowercase']],
    ['name'],
    [{ rule: 'name', spaces: 'remove' }],
    ['email'],
    [{ rule: 'email', gmail: true, plusSuffix: 'remove' }],
  ])('%j', (normalise) => {
    const records = field(normalise);
    fc.assert(
      fc.property(text, (value) => {
        const once = make(records, { f: value });
        fc.pre(typeof once === 'object' && once !== null && 'F' in once);
        expect(make(records, { f: once.F as string })).toEqual(once);
      }),
      { numRuns: 300 },
    );
  });

  test('dates', () => {
    const day = fc.date({
      min: new Date('0001-01-01'),
      max: new Date('9999-12-31'),
      noInvalidDate: true,
    });
    fc.assert(
      fc.property(
        day,
        fc.constantFrom('ymd', 'dmy', 'mdy'),
        fc.constantFrom('YYYYMMDD', 'YYYY-MM-DD'),
        (date, reads, writes) => {
          const records = field({ rule: 'date', reads, writes });
          const iso = date.toISOString();
          const normal =
            writes === 'YYYYMMDD' ? iso.slice(0, 10).replaceAll('-', '') : iso.slice(0, 10);
          expect(make(records, { f: iso })).toEqual({ F: normal });
          expect(make(records, { f: normal })).toEqual({ F: normal });
        },
      ),
    );
  });

  test('numbers in E.164, and countries', () => {
    const numbers = platform.vectors.filter(({ normal }) => normal.startsWith('+'));
    expect(numbers.length).toBeGreaterThan(3);
    for (const { normal } of numbers) {
      expect(make(field('phone'), { f: normal })).toEqual({ F: normal });
      expect(make(field({ rule: 'phone', country: 'DE' }), { f: normal })).toEqual({ F: normal });
    }
    for (const writes of ['upper', 'lower']) {
      const country = field({ rule: 'country', writes });
      const normal = writes === 'upper' ? 'BR' : 'br';
      expect(make(country, { f: normal })).toEqual({ F: normal });
    }
  });
});

test('rules are applied in the order in which they stand', () => {
  const countryLast = field([{ rule: 'name', spaces: 'remove' }, 'country']);
  const countryFirst = field(['country', { rule: 'name', spaces: 'remove' }]);
  expect(make(countryLast, { f: 'United States (*)' })).toEqual({ F: 'US' });
  expect(make(countryFirst, { f: 'United States (*)' })).toEqual({ F: 'us' });
  expect(make(field(['trim', 'email']), { f: ' ' })).toEqual({});
});

test('a rule may be written as its name, an object or a list, and means the same', () => {
  const full = [{ rule: 'phone', plus: true, unreadable: 'refuse' }];
  expect(Normalise.parse('phone')).toEqual(full);
  expect(Normalise.parse({ rule: 'phone' })).toEqual(full);
  expect(Normalise.parse(['phone'])).toEqual(full);
  expect(Normalise.parse(full)).toEqual(full);
});

test.each([
  ['nope'],
  [{ rule: 'nope' }],
  [[]],
  [{ rule: 'phone', country: 'us' }],
  [{ rule: 'trim', x: 1 }],
])('no rule: %j', (rule) => {
  expect(Normalise.safeParse(rule).success).toBe(false);
});
