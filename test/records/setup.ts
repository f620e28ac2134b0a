/** Small destinations and syncs to make records with. */

import { Destination, type FieldSettings } from '../../shared/contracts/destination.ts';
import type { JsonValue } from '../../shared/contracts/json.ts';
import { Sync, type SyncInput } from '../../shared/contracts/sync.ts';
import { compileRecords } from '../../shared/domain/record/compile.ts';
import type { CompiledRecords, RecordPipeline } from '../../shared/domain/record/pipeline.ts';
import type { FieldsByAction } from '../../shared/domain/record/uses.ts';
import { recordTools } from '../../shared/records/tools.ts';
import fc from '../fast-check.ts';

type Settings = Partial<FieldSettings>;

/** An action by its template's fields; `'*'` are whole records. */
export interface ActionSetup {
  readonly fields: readonly string[] | '*';
  readonly settings?: Readonly<Record<string, Settings>>;
  readonly unhashable?: readonly string[];
}

export interface Setup {
  readonly insert?: ActionSetup;
  readonly update?: ActionSetup | 'insert';
  readonly delete?: ActionSetup | undefined;
  readonly mappings: Readonly<Record<string, unknown>>;
  readonly normalise?: Readonly<Record<string, unknown>>;
  readonly hashPersonalData?: boolean;
  readonly identity?: readonly string[];
  /** @default ['id'] */
  readonly key?: readonly string[];
}

const action = ({ settings = {} }: ActionSetup) => ({
  path: '/members',
  body: '[$$.records]',
  fields: settings,
});

const template = ({ fields, unhashable = [] }: ActionSetup) => ({
  fields: fields === '*' ? [] : fields,
  wholeRecords: fields === '*',
  unhashable,
});

const present = <T>(members: Record<string, T | undefined>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(members).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );

export function inputOf(setup: Setup) {
  const { insert, update, delete: removal } = setup;
  const own = { insert, update: update === 'insert' ? undefined : update, delete: removal };
  const mapped = (map: (each: ActionSetup) => unknown) =>
    present(Object.fromEntries(Object.entries(own).map(([k, each]) => [k, each && map(each)])));
  const actions = { ...mapped(action), ...(update === 'insert' ? { update } : {}) };
  const destination = Destination.parse({
    id: 'platform',
    name: 'Platform',
    baseUrl: 'https://api.example.com',
    version: 1,
    actions,
  });
  return { destination, sync: syncOf(setup), templates: mapped(template) as FieldsByAction };
}

function syncOf({ mappings, normalise, hashPersonalData, identity, key }: Setup): Sync {
  const given = present<unknown>({ mappings, normalise, hashPersonalData, identity, key });
  const plain: Omit<SyncInput, keyof Setup> | object = {
    id: 'audience',
    name: 'Audience',
    destination: 'platform',
    audience: { id: 'a1', name: 'A1' },
    source: { bucket: 'exports', prefix: '' },
    key: ['id'],
    version: 1,
  };
  return Sync.parse({ ...plain, ...given });
}

export const compile = (setup: Setup): CompiledRecords =>
  compileRecords({ ...inputOf(setup), tools: recordTools });

export function recordsOf(setup: Setup): RecordPipeline {
  const compiled = compile(setup);
  if (!compiled.ok) throw new Error(compiled.problems.map(({ message }) => message).join('\n'));
  return compiled.records;
}

/** The record of a row given by column names, parsed; or the code of its fault. */
export function make(records: RecordPipeline, row: Readonly<Record<string, JsonValue>>): unknown {
  const made = records.make(records.columns.map((column) => row[column] ?? null));
  return made.ok ? JSON.parse(made.record) : made.fault.code;
}

export function textOf(records: RecordPipeline, row: Readonly<Record<string, JsonValue>>): string {
  const made = records.make(records.columns.map((column) => row[column] ?? null));
  if (!made.ok) throw new Error(made.fault.reason);
  return made.record;
}

/** One field `F` from column `f`, sent by insert. */
export const oneField = (settings: Settings, rest: Omit<Setup, 'mappings'> = {}): RecordPipeline =>
  recordsOf({
    insert: { fields: ['F'], settings: { F: settings } },
    mappings: { F: { column: 'f' } },
    ...rest,
  });

/** Any UTF-16, halves of pairs among it. */
export const anyText = (constraints: fc.StringConstraints = {}): fc.Arbitrary<string> =>
  fc.string({
    ...constraints,
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  });
