/** One fingerprint, one way to make records; another, another. */
import { expect, test } from 'vitest';
import type { FieldSettings } from '../../shared/contracts/destination.ts';
import { compileRecords } from '../../shared/domain/record/compile.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { inputOf, recordsOf, type Setup } from './setup.ts';

const base = {
  insert: { fields: ['A', 'B', 'S'], settings: { A: { hash: 'SHA256' } } },
  update: 'insert',
  delete: { fields: ['A'], settings: { A: { hash: 'SHA256' } } },
  mappings: { A: { column: 'a' }, B: { column: 'b' }, S: { value: 's' } },
  normalise: { A: 'email' },
} satisfies Setup;

const fingerprint = (setup: Setup): string => recordsOf(setup).fingerprint;

test('is the same for the same configuration in another order', () => {
  const shuffled: Setup = {
    normalise: { A: [{ unreadable: 'refuse', rule: 'email' }] },
    mappings: { S: { value: 's' }, B: { column: 'b' }, A: { column: 'a' } },
    delete: base.delete,
    update: 'insert',
    insert: {
      fields: ['S', 'B', 'A', 'A'],
      settings: { B: {}, A: { required: false, hash: 'SHA256' } },
    },
  };
  expect(fingerprint(shuffled)).toBe(fingerprint(base));
  expect(recordsOf(shuffled).columns).toEqual(recordsOf(base).columns);
});

const changes: [string, Setup][] = [
  ['a column', { ...base, mappings: { ...base.mappings, A: { column: 'z' } } }],
  ['a literal', { ...base, mappings: { ...base.mappings, S: { value: 't' } } }],
  ['the type of a literal', { ...base, mappings: { ...base.mappings, S: { value: 1 } } }],
  [
    'a literal in place of a column',
    { ...base, mappings: { ...base.mappings, B: { value: 'b' } } },
  ],
  ['a field without mapping', { ...base, mappings: { A: { column: 'a' }, B: { column: 'b' } } }],
  ['a rule', { ...base, normalise: { A: 'trim' } }],
  ['an option of a rule', { ...base, normalise: { A: { rule: 'email', gmail: true } } }],
  ['the order of rules', { ...base, normalise: { A: ['lowercase', 'trim'] } }],
  ['no rule', { ...base, normalise: {} }],
  ['hashing', { ...base, hashPersonalData: false }],
  [
    'the hash that values come in',
    {
      ...base,
      insert: { ...base.insert, settings: { A: { hash: 'MD5' } } },
      delete: { fields: ['A'], settings: { A: { hash: 'MD5' } } },
      hashPersonalData: false,
    },
  ],
  [
    'the hash of an action',
    { ...base, delete: { fields: ['A'], settings: { A: { hash: 'MD5' } } } },
  ],
  [
    'a field of a template',
    { ...base, delete: { fields: ['A', 'B'], settings: base.delete.settings } },
  ],
  [
    'the hash of a literal',
    {
      ...base,
      insert: { ...base.insert, settings: { ...base.insert.settings, S: { hash: 'MD5' } } },
    },
  ],
  [
    'another hash of a literal',
    {
      ...base,
      insert: { ...base.insert, settings: { ...base.insert.settings, S: { hash: 'SHA512' } } },
    },
  ],
  ['an action of its own', { ...base, update: { fields: ['B'] } }],
  ['an action less', { insert: base.insert, mappings: base.mappings, normalise: base.normalise }],
];

test.each(changes)('changes with %s', (_, setup) => {
  expect(fingerprint(setup)).not.toBe(fingerprint(base));
});

/** Each setting of a field, and whether records follow it: the compiler asks for a new one. */
const fieldSettings = {
  required: { of: 'B', said: { required: true }, changes: true },
  hash: { of: 'B', said: { hash: 'SHA512' }, changes: true },
  static: { of: 'S', said: { static: true }, changes: false },
  whenEmpty: { of: 'B', said: { whenEmpty: null }, changes: false },
  as: { of: 'B', said: { as: 'text' }, changes: false },
} satisfies Record<
  keyof FieldSettings,
  { readonly of: string; readonly said: Partial<FieldSettings>; readonly changes: boolean }
>;

test.each(Object.entries(fieldSettings))(
  'follows the setting %s of a field as its records do',
  (_, { of, said, changes }) => {
    const settings = { ...base.insert.settings, [of]: said };
    const changed = fingerprint({ ...base, insert: { ...base.insert, settings } });
    expect(changed !== fingerprint(base)).toBe(changes);
  },
);

test('no two of these are alike', () => {
  const all = changes.map(([, setup]) => fingerprint(setup));
  expect(new Set(all).size).toBe(all.length);
});

test.each<[string, Setup]>([
  ['identity', { ...base, identity: ['A'] }],
  [
    'whether a literal is required',
    {
      ...base,
      insert: { ...base.insert, settings: { ...base.insert.settings, S: { required: true } } },
    },
  ],
])('does not change with %s', (_, setup) => {
  expect(fingerprint(setup)).toBe(fingerprint(base));
});

test('does not change with what has nothing to do with records', () => {
  const { destination, sync, templates } = inputOf(base);
  const compile = (changed: object, changedSync: object, tools = recordTools) => {
    const compiled = compileRecords({
      destination: { ...destination, ...changed },
      sync: { ...sync, ...changedSync },
      templates,
      tools,
    });
    return compiled.ok && compiled.records.fingerprint;
  };
  const before = compile({}, {});
  const other = {
    name: 'N',
    version: 9,
    headers: { 'x-a': 'b' },
    concurrency: 7,
    timeoutSeconds: 3,
  };
  expect(compile(other, {})).toBe(before);
  expect(
    compile({}, { name: 'N', version: 9, key: ['k'], retryFailed: false, enabled: false }),
  ).toBe(before);
  expect(compile({}, {}, { ...recordTools, version: 'next' })).not.toBe(before);
});

test('does not change with hashing where no field has a hash, nor with the tools where nothing is normalised', () => {
  const plain: Setup = { insert: { fields: ['A'] }, mappings: { A: { column: 'a' } } };
  expect(fingerprint({ ...plain, hashPersonalData: false })).toBe(fingerprint(plain));
  const input = inputOf(plain);
  const next = compileRecords({ ...input, tools: { ...recordTools, version: 'next' } });
  expect(next.ok && next.records.fingerprint).toBe(fingerprint(plain));
});
