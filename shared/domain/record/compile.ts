/** Destination, sync and the fields of the templates become the record pipeline of a run, or a list of what to mend. */

import type { Destination } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import type { Sync } from '../../contracts/sync.ts';
import type { SentField } from '../template/render-texts.ts';
import { type ConfigurationProblem, type Fault, pathTo } from '../words/problem.ts';
import { checkDestinationFields } from './destination-checks.ts';
import { compileField, type FieldWriter } from './field.ts';
import { fingerprintOf } from './fingerprint.ts';
import { identityOf, removedBy } from './identity.ts';
import { type Layout, layOut, type RecordField } from './layout.ts';
import type { CompiledRecords, MadeRecord, RecordPipeline, RecordTools } from './pipeline.ts';
import { identityText, lostIn, sameIn, view } from './sent.ts';
import { checkSync, warningsOf } from './sync-checks.ts';
import { type ActionUse, actionUses, type FieldsByAction, settingsOf } from './uses.ts';

export interface RecordsInput {
  readonly destination: Pick<Destination, 'actions'>;
  readonly sync: Sync;
  /** Of every action the destination has, by the action whose own configuration it is. */
  readonly templates: FieldsByAction;
  readonly tools: RecordTools;
}

/** @throws InvariantError where the fields of a template are missing */
export function compileRecords({
  destination,
  sync,
  templates,
  tools,
}: RecordsInput): CompiledRecords {
  const uses = actionUses(destination.actions, templates, Object.keys(sync.mappings));
  const layout = layOut(sync, uses);
  const literals = writeLiterals(layout, tools);
  const problems = [
    ...checkDestinationFields(destination, templates),
    ...checkSync(sync, uses, tools),
    ...slotProblems(layout),
    ...literals.problems,
  ];
  const warnings = warningsOf(sync, uses);
  if (problems.length > 0) return { ok: false, problems, warnings };
  const sending = {
    identity: identityOf(layout, uses, sync),
    silent: silentlyLost(layout, uses),
    removing: removedBy(layout.sent, uses),
  };
  const records = pipelineOf(layout, literals.slots, sending, tools);
  return { ok: true, records, warnings };
}

/** A literal is the same in every record, so it is made and checked once. */
function writeLiterals({ fields, slots }: Layout, tools: RecordTools) {
  const written = slots.map(() => '');
  const problems = fields.flatMap((field): ConfigurationProblem[] => {
    if (!('value' in field.source)) return [];
    const told = compileField(field, tools)(field.source.value, written);
    if (!told) return [];
    // A literal that is left out of every record is a mistake, whatever the rule does with a row's.
    const { code, reason } = 'drop' in told ? told.fault : told;
    return [{ code, path: pathTo('mappings', field.name), message: reason }];
  });
  return { slots: written, problems };
}

/** A field may be called what the second form of another is kept as. */
function slotProblems({ fields, slots }: Layout): ConfigurationProblem[] {
  const isTaken = ({ name, slots: own }: RecordField) =>
    own.some((slot) => slot.name === name) &&
    slots.some((slot) => slot.name === name && !own.includes(slot));
  return fields.filter(isTaken).map(({ name }) => ({
    code: 'field-name-taken',
    path: pathTo('mappings', name),
    message: `The name of field ${name} is taken by a hashed form of another field. Give it another name, in the template and in the mapping.`,
  }));
}

/** What an update leaves out where it has no value, and nobody said that this is enough. */
function silentlyLost({ sent }: Layout, uses: readonly ActionUse[]): readonly SentField[] {
  const update = uses.find(({ action }) => action === 'update');
  if (!update) return [];
  return (sent.update ?? []).filter(
    ({ field }) => settingsOf(update, field).whenEmpty === undefined,
  );
}

/** What of the fields that are sent matters beyond their requests. */
interface Sending {
  readonly identity: readonly SentField[];
  readonly silent: readonly SentField[];
  /** By which a member is removed, or looked up for it. */
  readonly removing: readonly SentField[];
}

interface ColumnWriter {
  readonly at: number;
  readonly write: FieldWriter;
}

function pipelineOf(
  layout: Layout,
  literals: readonly string[],
  { identity, silent, removing }: Sending,
  tools: RecordTools,
): RecordPipeline {
  const { fields, sent } = layout;
  const columns = columnsOf(fields);
  const writers = fields.flatMap((field): ColumnWriter[] =>
    'value' in field.source
      ? []
      : [{ at: columns.indexOf(field.source.column), write: compileField(field, tools) }],
  );
  const upsert = slotsOf([...(sent.insert ?? []), ...(sent.update ?? [])]);
  const isRemoving = ({ name }: RecordField) => removing.some(({ field }) => field === name);
  return {
    columns,
    essential: columnsOf(fields.filter((field) => field.isRequired || isRemoving(field))),
    fingerprint: fingerprintOf(layout, tools),
    make: maker(writers, literals, compileIdentity(identity, layout, tools)),
    sent: (action) => sent[action] ?? [],
    forAction: (action, record) => view(sent[action] ?? [], record),
    sameUpsert: (a, b) => (sent.insert || sent.update ? sameIn(upsert, a, b) : a === b),
    uncleared: (before, after) => lostIn(silent, before, after),
    identityFields: identity.map(({ field }) => field),
    identity: (record) =>
      identity.length === 0 ? undefined : digestOf(identityText(identity, record), tools),
  };
}

/** In order of their names, so that the order in which a sync's mappings are stored makes no difference. */
function columnsOf(fields: readonly RecordField[]): string[] {
  const columns = fields.flatMap(({ source }) => ('column' in source ? [source.column] : []));
  return [...new Set(columns)].sort();
}

const slotsOf = (sent: readonly SentField[]): string[] => [
  ...new Set(sent.map(({ slot }) => slot)),
];

/** 128 bits tell identities apart: two of a thousand million share one by chance once in 10^20. */
const identityDigits = 32;

const digestOf = (identity: string | undefined, tools: RecordTools): string | undefined =>
  identity === undefined ? undefined : tools.hash('SHA256', identity).slice(0, identityDigits);

/** The identity of a record whose slots are written: what `identity` gives of its text. */
function compileIdentity(identity: readonly SentField[], { slots }: Layout, tools: RecordTools) {
  const members = identity
    .toSorted((a, b) => (a.field < b.field ? -1 : 1))
    .map(({ field, slot }) => ({
      at: slots.findIndex(({ name }) => name === slot),
      label: `${JSON.stringify(field)}:`,
      begin: JSON.stringify(slot).length + 1,
    }));
  return (written: readonly string[]): string | undefined => {
    let text = '';
    for (const { at, label, begin } of members) {
      const member = written[at];
      if (member) text += `${text === '' ? '' : ','}${label}${member.slice(begin)}`;
    }
    return text === '' ? undefined : digestOf(`{${text}}`, tools);
  };
}

/** The slots are written into one array again and again: each writer always writes all of its own. */
function maker(
  writers: readonly ColumnWriter[],
  literals: readonly string[],
  identityOfSlots: (slots: readonly string[]) => string | undefined,
) {
  const slots = [...literals];
  return (values: readonly JsonValue[]): MadeRecord => {
    let dropped: Fault[] | undefined;
    for (const { at, write } of writers) {
      const told = write(values[at] ?? null, slots);
      if (!told) continue;
      if (!('drop' in told)) return { ok: false, fault: told };
      dropped = [...(dropped ?? []), told.fault];
    }
    let members = '';
    for (const member of slots) {
      if (member !== '') members += members === '' ? member : `,${member}`;
    }
    return { ok: true, record: `{${members}}`, identity: identityOfSlots(slots), dropped };
  };
}
