/** What holds of every preview, whatever the rows. */

import { expect, test } from 'vitest';
import { type ActionName, Destination } from '../../shared/contracts/destination.ts';
import type { JsonValue } from '../../shared/contracts/json.ts';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import { deliveryOf } from '../../shared/domain/request/delivery.ts';
import { preview } from '../../shared/domain/request/preview.ts';
import { cases } from '../depth.ts';
import fc from '../fast-check.ts';
import { action, ask, destination, sync, tools } from './setup.ts';

const bodies = [
  '{"members": [$$.records.{"email": EMAIL, "score": $number(SCORE), "tags": TAGS}]}',
  '{"schema": ["E", "S"], "data": [$$.records.[EMAIL, $number(SCORE)]], "tags": [$$.records.TAGS]}',
  '{"rows": $$.records, "id": $$.connection.syncId}',
];

const setup = fc.record({
  body: fc.constantFrom(...bodies),
  batchSize: fc.integer({ min: 1, max: 6 }),
  hash: fc.constantFrom('NONE', 'SHA256', 'MD5'),
  required: fc.boolean(),
  hashPersonalData: fc.boolean(),
  name: fc.constantFrom<ActionName>('insert', 'update', 'delete'),
});

/** Long enough that none of the product's own words holds it. */
const canary = 'kanarienvogel';

const value = fc.oneof(
  fc.constantFrom<JsonValue>(null, '', canary, `${canary}@example.com`, 'ab'.repeat(32), 12, '7.5'),
  fc.constantFrom<JsonValue>(true, [canary], { deep: canary }, '9007199254740993', [], '\ud800'),
  fc.string(),
);

const rows = fc.array(
  fc.record({ email: value, score: value, tags: value }, { requiredKeys: [] }),
  { maxLength: 12 },
);

type Setup = typeof setup extends fc.Arbitrary<infer T> ? T : never;

function configurationOf({ body, batchSize, hash, required, hashPersonalData }: Setup) {
  const each = action({ body, batchSize, fields: { EMAIL: { hash, required } } });
  const mappings = {
    EMAIL: { column: 'email' },
    SCORE: { column: 'score' },
    TAGS: { column: 'tags' },
  };
  return {
    destination: destination({ actions: { insert: each, update: 'insert', delete: each } }),
    sync: sync({ mappings, hashPersonalData, normalise: { EMAIL: 'trim' } }),
  };
}

/** What a run does with the very rows that are said to be sent. */
function sentByRun(given: Setup, sent: readonly SampleRow[]): string | undefined {
  const configuration = configurationOf(given);
  const delivery = deliveryOf(
    Destination.parse({ ...configuration.destination, version: 1 }),
    Sync.parse({ ...configuration.sync, version: 1 }),
    tools,
  );
  const lines = sent.map((row) => {
    const made = delivery.records.make(delivery.records.columns.map((name) => row[name] ?? null));
    if (!made.ok) throw new Error(made.fault.reason);
    return { key: '', action: given.name, record: made.record };
  });
  const composed = delivery.compose(lines, 'key');
  expect(composed.invalid).toEqual([]);
  return composed.body && Buffer.from(composed.body).toString('utf8');
}

function forAll(check: (given: Setup, rows: readonly SampleRow[]) => void): void {
  fc.assert(fc.property(setup, rows, check), { numRuns: cases(80, 500) });
}

const previewOf = (given: Setup, sample: readonly SampleRow[]) => {
  const shown = preview({ ...configurationOf(given), action: given.name, rows: sample, tools });
  if (!shown.ok) throw new Error(JSON.stringify(shown.problems));
  return shown;
};

test('the body is what a run sends for the rows said to be sent', () => {
  forAll((given, sample) => {
    const { body, sent } = previewOf(given, sample);
    expect(sent.length).toBeLessThanOrEqual(given.batchSize);
    if (sent.length === 0) expect(body).toBeUndefined();
    else {
      const chosen = sample.filter((_, index) => sent.includes(index));
      expect(body).toBe(sentByRun(given, chosen));
    }
  });
});

test('every row is sent, or not sent for one reason; something is sent where anything can be', () => {
  forAll((given, sample) => {
    const { sent, notSent } = previewOf(given, sample);
    const places = [...sent, ...notSent.map(({ index }) => index)];
    expect(places.sort((a, b) => a - b)).toEqual(sample.map((_, index) => index));
    if (sent.length === 0) expect(notSent.map(({ code }) => code)).not.toContain('later-request');
  });
});

test('a row meets the same fate alone', () => {
  forAll((given, sample) => {
    const { sent, notSent } = previewOf(given, sample);
    const later = notSent.filter(({ code }) => code === 'later-request');
    for (const index of [...sent, ...later.map((each) => each.index)]) {
      expect(previewOf(given, sample.slice(index, index + 1)).notSent).toEqual([]);
    }
    for (const { index, code, reason } of notSent.filter((each) => !later.includes(each))) {
      const alone = previewOf(given, sample.slice(index, index + 1)).notSent;
      expect(alone).toEqual([{ index: 0, code, reason }]);
    }
  });
});

test('the values of rows stand in the body and nowhere else', () => {
  forAll((given, sample) => {
    const { body: _, ...rest } = previewOf(given, sample);
    expect(JSON.stringify(rest)).not.toContain(canary);
  });
});

test('neither rows nor header values stand in problems', () => {
  const row = { email: canary, score: canary };
  const headers = { Authorization: canary, 'X-Bad': `${canary}\n`, 'X-Key': canary };
  const broken = [
    { destination: destination({ headers }) },
    { destination: destination({ headers: { 'X-Key': 5, [canary.repeat(2)]: canary } }) },
    { destination: destination({ actions: { insert: action({ body: '[$$.records.EMAIL' }) } }) },
    { sync: sync({ mappings: {} }) },
    { action: 'delete' as const },
  ];
  for (const question of broken) {
    const shown = ask({ ...question, rows: [row] });
    expect(shown.ok).toBe(false);
    const text = JSON.stringify(shown).replaceAll(canary.repeat(2), '');
    expect(text).not.toContain(canary);
  }
});
