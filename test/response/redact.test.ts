import { describe, expect, test } from 'vitest';
import { Redactor } from '../../shared/domain/response/redact.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { judged } from './setup.ts';

const record = {
  email: 'Ada.Lovelace@example.com',
  hash: 'b5fc85e55755f9e0d030a10ab4429b6b2944855f9a0d60077fe832becbc41d72',
  phone: '+4915112345678',
  first: 'Ada',
  city: 'São Paulo',
  family: 'Νίκος Παπάς',
  country: 'GB',
  score: 4711,
};

describe('of a message', () => {
  const cases: readonly [string, string][] = [
    ['Invalid: ada.lovelace@EXAMPLE.com.', 'Invalid: […]'],
    [`hash ${record.hash} is unknown`, 'hash […] is unknown'],
    [`value=${record.hash.toUpperCase()};`, '[…];'],
    ['No such phone 4915112345678', 'No such phone […]'],
    ['No such phone +49 151 1234-5678 here', 'No such phone […]here'],
    ['Ada is too young, but Adamant is not', '[…] is too young, but Adamant is not'],
    ['Unknown city são  paulo', 'Unknown city […]'],
    ['Unknown city são\u200b paulo', 'Unknown city […]'],
    ['Unknown ΝΊΚΟΣ ΠΑΠΆΣabc', 'Unknown […]abc'],
    ['country gb, score 4711', 'country […], score […]'],
    ['somebody.else@example.org was there before', '[…] was there before'],
    ['q=somebody%40example.org&x', '[…]'],
    ['Customer 1002003004 is unknown', 'Customer […]is unknown'],
    ['Code 100: INVALID_EMAIL at members[2]', 'Code 100: INVALID_EMAIL at members[2]'],
    ['a\u0000b\r\nc', 'a b c'],
    ['x'.repeat(300), 'x'.repeat(200)],
    [' ', ''],
  ];

  test.each(cases)('%j leaves %j', (message, left) => {
    expect(new Redactor([record]).redact(message)).toBe(left);
  });

  test('a value that goes on past what is kept is taken out whole', () => {
    for (let before = 150; before <= 205; before++) {
      const kept = new Redactor([record]).redact(
        `${'x '.repeat(before / 2)}Ada.Lovelace@example.com`,
      );
      expect(kept).not.toMatch(/Ada/i);
      expect(kept.length).toBeLessThanOrEqual(200);
    }
  });

  test('a value longer than what is read shows nothing of itself', () => {
    const long = { note: `secret${' word'.repeat(2_000)}` };
    expect(new Redactor([long]).redact(`no: ${long.note}`)).toBe('no: […]');
    const padded = `${' \u200b'.repeat(1_016)}${record.city} ${record.city}`;
    expect(new Redactor([record]).redact(padded)).not.toMatch(/são/i);
  });
});

const text = fc.oneof(
  fc.emailAddress(),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 64 }),
  fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: 6, maxLength: 15 }),
  fc.string({ unit: 'grapheme', minLength: 6, maxLength: 80 }),
  fc.string({ minLength: 6, maxLength: 400 }),
);

test('no value of the records stands in what is kept, whatever is said around it', () => {
  fc.assert(
    fc.property(
      fc.array(fc.dictionary(fc.constantFrom('a', 'b', 'c'), text), { minLength: 1, maxLength: 4 }),
      fc.array(fc.string({ unit: 'grapheme', maxLength: 60 }), { minLength: 1, maxLength: 6 }),
      fc.boolean(),
      (records, around, upper) => {
        const values = records.flatMap((each) => Object.values(each));
        const said = around.map((piece, at) => {
          const value = values[at % Math.max(values.length, 1)] ?? '';
          return piece + (upper ? value.toUpperCase().toLowerCase() : value);
        });
        const kept = new Redactor(records).redact(said.join(''));
        expect(kept.length).toBeLessThanOrEqual(200);
        for (const value of values) {
          if (value.trim().length < 6 || '[…]'.includes(value.trim())) continue;
          expect(kept).not.toContain(value);
          expect(kept.toLowerCase()).not.toContain(value.toLowerCase());
        }
      },
    ),
    { numRuns: cases(1_000, 6_000) },
  );
});

test('the reasons of a judgement hold no value of the records, in message or code', async () => {
  const records = [record, { email: 'zoe@example.com', id: 'abc-123-xyz' }];
  const body = {
    errors: [
      { index: 0, code: 'bad abc-123-xyz', message: `${record.email} and ${record.hash}` },
      { id: 'abc-123-xyz', message: `as ${record.phone} of zoe@example.com (abc-123-xyz)` },
    ],
  };
  const judgement = await judged({ failed: '$$.body.errors' }, body, { records });
  expect(judgement.kind === 'judged' && [...judgement.failed.values()]).toEqual([
    { code: 'record-failed', reason: 'bad […]: […] and […]' },
    { code: 'record-failed', reason: 'as […]of […] ([…])' },
  ]);
});

test('5,000 messages about 5,000 records take no more than a moment', () => {
  const records = Array.from({ length: 5_000 }, (_, n) => ({
    email: `user-${n}@example.com`,
    id: `customer-${'x'.repeat(n % 50)}-${n}`,
  }));
  const redactor = new Redactor(records);
  const began = performance.now();
  for (let n = 0; n < 5_000; n++) redactor.redact(`customer-${n} ${'customer-x'.repeat(200)}`);
  expect(performance.now() - began).toBeLessThan(30_000);
});
