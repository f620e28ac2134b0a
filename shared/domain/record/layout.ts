/** How a record is laid out: its fields, where each takes its value from, and the slots its forms stand in. */
import { type HashType, platformId, type RequestName } from '../../contracts/destination.ts';
import type { NormaliseRule } from '../../contracts/normalise.ts';
import type { Mapping, Sync } from '../../contracts/sync.ts';
import type { SentField } from '../template/render-texts.ts';
import type { Algorithm } from './hashing.ts';
import { type ActionUse, type FieldUse, fieldUses, settingsOf } from './uses.ts';

export interface Slot {
  readonly name: string;
  readonly form: HashType;
  /** Its place among the record's slots, in order of their names. */
  readonly at: number;
}

export interface RecordField {
  readonly name: string;
  readonly source: Mapping;
  readonly isRequired: boolean;
  /** Those that apply: none to a value that comes already hashed. */
  readonly rules: readonly NormaliseRule[];
  /** Algorithms whose hashes the value must look like (hashing off), or must not (hashing on). */
  readonly algorithms: readonly Algorithm[];
  readonly comesHashed: boolean;
  readonly slots: readonly Slot[];
}

export interface Layout {
  readonly fields: readonly RecordField[];
  readonly slots: readonly Slot[];
  /** What each action sends; an action the destination lacks is absent. */
  readonly sent: Partial<Record<RequestName, readonly SentField[]>>;
}

/** Fields without a mapping are left out. */
export function layOut(sync: Sync, uses: readonly ActionUse[]): Layout {
  const drafts = fieldUses(uses).flatMap((use) => {
    const source = Object.hasOwn(sync.mappings, use.name) ? sync.mappings[use.name] : undefined;
    return source ? [draft(use, source, sync)] : [];
  });
  const names = drafts.flatMap(({ forms }) => [...forms.values()]).sort();
  const fields = drafts.map(({ forms, ...field }) => ({
    ...field,
    slots: [...forms].map(([form, name]) => ({ form, name, at: names.indexOf(name) })),
  }));
  const slots = fields.flatMap((field) => field.slots).sort((a, b) => a.at - b.at);
  return { fields, slots, sent: sentBy(uses, sync, fields) };
}

function draft(use: FieldUse, source: Mapping, sync: Sync) {
  const algorithms = algorithmsOf(use);
  const comesHashed = !sync.hashPersonalData && algorithms.length > 0;
  const normalise = Object.hasOwn(sync.normalise, use.name) ? sync.normalise[use.name] : undefined;
  return {
    name: use.name,
    source,
    isRequired: use.by.some(({ settings }) => settings.required),
    rules: comesHashed ? [] : (normalise ?? []),
    algorithms,
    comesHashed,
    forms: formsOf(use, sync.hashPersonalData),
  };
}

/** Distinct, in order of their names. */
export function algorithmsOf({ by }: FieldUse): Algorithm[] {
  const types = new Set(by.map(({ settings }) => settings.hash));
  return [...types].filter((type) => type !== 'NONE').sort();
}

/** With one form the slot is the field's name; with several, only the plain form's is. */
function formsOf({ name, by }: FieldUse, isHashing: boolean): Map<HashType, string> {
  const forms = new Set(by.map(({ settings }) => (isHashing ? settings.hash : 'NONE')));
  const slot = (form: HashType) => (forms.size === 1 || form === 'NONE' ? name : `${name}|${form}`);
  return new Map([...forms].sort().map((form) => [form, slot(form)]));
}

function sentBy(
  uses: readonly ActionUse[],
  sync: Sync,
  fields: readonly RecordField[],
): Layout['sent'] {
  const byName = new Map(fields.map((field) => [field.name, field]));
  const sent: Partial<Record<RequestName, readonly SentField[]>> = {};
  for (const use of uses) {
    const fields = use.fields.flatMap((name) => {
      const form = sync.hashPersonalData ? settingsOf(use, name).hash : 'NONE';
      const slot = byName.get(name)?.slots.find((each) => each.form === form);
      return slot ? [{ field: name, slot: slot.name }] : [];
    });
    // No row has it: it is put into the record when its request is made.
    sent[use.action] = use.namesId ? [...fields, { field: platformId, slot: platformId }] : fields;
  }
  return sent;
}
