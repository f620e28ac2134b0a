/** What pages say: the right form, nothing rounded away, and a verdict for each state. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import en from '../../console/words/en.json' with { type: 'json' };
import { inSentence, share } from '../../console/words/numbers.ts';
import { platformWords } from '../../console/words/platform-words.ts';
import { say } from '../../console/words/text.ts';
import { duration, moment, relative } from '../../console/words/times.ts';

const spaces = (text: string) => text.replaceAll('\u00a0', ' ');

test('a share is never rounded to nothing or to all, and of nothing it is a dash', () => {
  expect(share(0, 0)).toBe('—');
  expect(spaces(share(0, 10))).toBe('0 %');
  expect(spaces(share(1, 100_000))).toBe('< 0.1 %');
  expect(spaces(share(99_999, 100_000))).toBe('> 99.9 %');
  fc.assert(
    fc.property(fc.nat(10_000_000), fc.integer({ min: 1, max: 10_000_000 }), (part, whole) => {
      fc.pre(part <= whole);
      const said = spaces(share(part, whole));
      expect(said === '0 %').toBe(part === 0);
      expect(said === '100 %').toBe(part === whole);
    }),
  );
});

test('sentences are exact up to 999,999', () => {
  expect([0, 1, 999_999, 12_400_000].map(inSentence)).toEqual([
    '0',
    '1',
    '999,999',
    '12.4 million',
  ]);
});

test('none, one and many have forms of their own', () => {
  expect([0, 1, 2].map((n) => say('fact.members', { n }))).toEqual([
    'no members',
    '1 member',
    '2 members',
  ]);
});

test('moments are told in UTC and here, with the day where it is another', () => {
  const now = Date.parse('2026-11-28T09:00:00Z');
  const at = Date.parse('2026-11-28T06:00:00Z');
  expect(moment(at, now, 'UTC')).toBe('28 Nov 06:00 UTC');
  expect(moment(at, now, 'Europe/Berlin')).toBe('28 Nov 06:00 UTC (07:00 here)');
  expect(moment(at, now, 'Pacific/Kiritimati')).toBe('28 Nov 06:00 UTC (20:00 here)');
  expect(moment(Date.parse('2026-11-28T23:30:00Z'), now, 'Asia/Kathmandu')).toBe(
    '28 Nov 23:30 UTC (29 Nov 05:15 here)',
  );
  expect(moment(Date.parse('2025-11-28T06:00:00Z'), now, 'UTC')).toBe('28 Nov 2025 06:00 UTC');
  expect(relative(at, now)).toBe('3 h ago');
  expect([0, 72_000, 9_660_000, 200_000_000].map(duration)).toEqual([
    'less than 1 s',
    '1 min 12 s',
    '2 h 41 min',
    '2 days 7 h',
  ]);
});

test('the words of the platform stand in quotes at the end of a reason', () => {
  expect(platformWords('It answered 400: “invalid email”.')).toBe('invalid email');
  expect(platformWords('The row has no key.')).toBeUndefined();
});

describe('the file of texts', () => {
  const root = join(import.meta.dirname, '../../console');
  const code = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name) && !name.startsWith('dist'))
    .map((name) => readFileSync(join(root, name), 'utf8'))
    .join('\n');
  /** Whole groups are asked for by a word that the API tells. */
  const groups = new Set(
    [...code.matchAll(/(?:sayOf\('([\w-]+)'|`([\w-]+)\.\$\{)/g)].map(
      ([, one, other]) => one ?? other,
    ),
  );

  test('has no text that no page says', () => {
    const unused = Object.keys(en).filter(
      (name) =>
        !groups.has(name.split('.')[0] ?? '') &&
        !code.includes(`'${name}'`) &&
        !code.includes(`"${name}"`),
    );
    expect(unused).toEqual([]);
  });

  test('has its words in order, and never says sorry', () => {
    expect(Object.keys(en)).toEqual(Object.keys(en).toSorted());
    expect(JSON.stringify(en)).not.toMatch(/oops|please|successful|!/i);
  });
});
