/** What is told when a sync or destination is saved, or has come apart by the time of a run. */
import { describe, expect, test } from 'vitest';
import { compileRecords } from '../../shared/domain/record/compile.ts';
import { checkDestinationFields } from '../../shared/domain/record/destination-checks.ts';
import { InvariantError } from '../../shared/domain/words/errors.ts';
import { hash } from '../../shared/records/hash.ts';
import { recordTools } from '../../shared/records/tools.ts';
import cases from './problem-cases.json' with { type: 'json' };
import { compile, inputOf, recordsOf, type Setup } from './setup.ts';

test.each(cases)('$title', ({ setup, problems, warnings }) => {
  const compiled = compile(setup as unknown as Setup);
  const told = compiled.ok ? [] : compiled.problems;
  expect(told).toEqual(problems ?? []);
  expect(compiled.ok).toBe((problems ?? []).length === 0);
  if (warnings) expect(compiled.warnings).toEqual(warnings);
});

test('every message ends with a mend', () => {
  for (const { problems, warnings } of cases) {
    for (const { message } of [...(problems ?? []), ...(warnings ?? [])]) {
      expect(message).toMatch(/\. [A-Z][^.]+(\.|\. [A-Z][^.]+\.)$/);
    }
  }
});

test('a name that objects treat specially is refused wherever it stands', () => {
  for (const name of ['__proto__', 'constructor', 'prototype']) {
    const { destination, sync } = inputOf({
      insert: { fields: ['A'] },
      mappings: { A: { column: 'a' } },
    });
    const mappings = JSON.parse(`{"A":{"column":"a"},"${name}":{"column":"a"}}`);
    const withField = { insert: { fields: ['A', name], wholeRecords: false } };
    const compiled = compileRecords({
      destination,
      sync: { ...sync, mappings },
      templates: withField,
      tools: recordTools,
    });
    const codes = compiled.ok ? [] : compiled.problems.map(({ code, path }) => `${code} ${path}`);
    expect(codes).toContain(`field-name-forbidden mappings.${name}`);
    expect(codes).toContain('field-name-forbidden destination.actions.insert.body');
    expect(checkDestinationFields(destination, withField)).toHaveLength(1);
  }
});

test('the fields of a template may not be missing', () => {
  const { destination, sync } = inputOf({ insert: { fields: ['A'] }, mappings: {} });
  const input = { destination, sync, templates: {}, tools: recordTools };
  expect(() => compileRecords(input)).toThrow(InvariantError);
});

describe('no text holds a value', () => {
  const canary = 'CANARY';
  const shapes = [canary, ` ${canary}@`, [canary], { a: canary }, hash('MD5', canary), 777_777, ''];
  const rules = ['trim', 'email', 'phone', 'name', 'date', 'country', ['trim', 'country']];

  test('of a row', () => {
    const reasons = new Set<string>();
    for (const normalise of [undefined, ...rules]) {
      for (const type of ['NONE', 'MD5'] as const) {
        for (const hashPersonalData of [true, false]) {
          const records = recordsOf({
            insert: { fields: ['F'], settings: { F: { hash: type, required: true } } },
            mappings: { F: { column: 'f' } },
            hashPersonalData,
            ...(normalise ? { normalise: { F: normalise } } : {}),
          });
          for (const value of shapes) {
            const made = records.make([value]);
            if (!made.ok) reasons.add(JSON.stringify(made.fault));
          }
        }
      }
    }
    expect(reasons.size, 'required, nested, hashed, not hashed, and four unreadable').toBe(8);
    for (const reason of reasons) {
      expect(reason).not.toContain(canary);
      expect(reason).not.toContain(hash('MD5', canary));
      expect(reason).not.toContain('777');
    }
  });

  test('of a literal', () => {
    for (const value of [canary, hash('SHA256', canary)]) {
      for (const hashPersonalData of [true, false]) {
        for (const rule of ['email', 'phone', 'date', 'country']) {
          const compiled = compile({
            insert: { fields: ['F'], settings: { F: { hash: 'SHA256', required: true } } },
            mappings: { F: { value }, OTHER: { value: canary } },
            normalise: { F: rule, NONE: rule },
            hashPersonalData,
          });
          expect(compiled.ok).toBe(false);
          expect(JSON.stringify(compiled)).not.toContain(canary);
          expect(JSON.stringify(compiled)).not.toContain(hash('SHA256', canary));
        }
      }
    }
  });
});
