/** The fingerprint of a pipeline: built from what was compiled, so that a setting without effect has no part in it. */
import type { JsonValue } from '../../contracts/json.ts';
import { canonical } from './canonical.ts';
import type { Field, Layout } from './layout.ts';
import type { RecordTools } from './pipeline.ts';

/** Counted up with every change of this folder that lets a row make another record or another fault. */
const revision = 2;

export function fingerprintOf({ fields, sent }: Layout, tools: RecordTools): string {
  const isNormalised = fields.some(({ rules }) => rules.length > 0);
  return canonical({
    revision,
    tools: isNormalised ? tools.version : null,
    fields: fields.map(describe),
    sent: Object.fromEntries(
      Object.entries(sent).map(([action, list]) => [action, list.map(({ slot }) => slot)]),
    ),
  });
}

/** A literal was checked when the pipeline was compiled; a column's values are checked row by row. */
function describe({ name, source, isRequired, rules, slots, algorithms }: Field): JsonValue {
  const made = { name, rules: plain(rules), slots: slots.map((slot) => [slot.name, slot.form]) };
  if ('value' in source) return { ...made, value: source.value };
  return { ...made, column: source.column, isRequired, checks: [...algorithms] };
}

/** Without the options that are undefined. */
const plain = (rules: Field['rules']): JsonValue => JSON.parse(JSON.stringify(rules));
