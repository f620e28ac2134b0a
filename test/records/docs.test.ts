/** The examples of docs/records.md are true. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { FieldSettings } from '../../shared/contracts/destination.ts';
import type { JsonValue } from '../../shared/contracts/json.ts';
import { make, oneField, recordsOf } from './setup.ts';

interface Example {
  readonly fields: Readonly<Record<string, Partial<FieldSettings>>>;
  readonly mappings: Readonly<Record<string, unknown>>;
  readonly normalise?: Readonly<Record<string, unknown>>;
  readonly hashPersonalData?: boolean;
  readonly row: Readonly<Record<string, JsonValue>>;
  readonly record?: Readonly<Record<string, JsonValue>>;
  readonly fault?: string;
}

const text = readFileSync(new URL('../../docs/records.md', import.meta.url), 'utf8');

const examples = [...text.matchAll(/```json\n([^`]+)```/g)].map(
  ([, json = '']) => JSON.parse(json) as Example,
);

test.each(examples)('$row', ({ fields, row, record, fault, ...setup }) => {
  const records = recordsOf({
    insert: { fields: Object.keys(fields), settings: fields },
    ...setup,
  });
  const made = records.make(records.columns.map((column) => row[column] ?? null));
  if (made.ok) expect(JSON.parse(made.record)).toEqual(record);
  else expect(made.fault.reason).toBe(fault);
});

const rules = [...text.matchAll(/^\| `([^`]+)` \| `([^`]+)` \| `([^`]+)` \|$/gm)].map(
  ([, setting = '', value = '', normal = '']) => ({ setting, value, normal }),
);

test.each(rules)('$setting', ({ setting, value, normal }) => {
  const records = oneField({}, { normalise: { F: JSON.parse(setting) } });
  expect(make(records, { f: JSON.parse(value) })).toEqual({ F: JSON.parse(normal) });
});

test('there are examples of each kind', () => {
  expect(examples.filter(({ record }) => record).length).toBeGreaterThan(2);
  expect(examples.filter(({ fault }) => fault).length).toBeGreaterThan(2);
  expect(rules.length).toBeGreaterThan(10);
});
