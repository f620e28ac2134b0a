/** The fingerprint of a pipeline: built from what was compiled, so that a setting without effect has no part in it. */
import type { JsonValue } from '../../contracts/json.ts';
import { canonical } from './canonical.ts';
import type { Layout, RecordField } from './layout.ts';
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

/**
 * A literal was checked when the pipeline was compiled; a column's values are checked row by row. What is compiled of a
 * field and not named here has part in it as it is: a fingerprint that says too much costs time, one that says too little
 * leaves members with old records.
 */
function describe(field: RecordField): JsonValue {
  const { name, source, isRequired, rules, slots, algorithms, comesHashed: _, ...more } = field;
  const forms = slots.map((slot) => [slot.name, slot.form]);
  const made = { ...more, name, rules: plain(rules), slots: forms };
  if ('value' in source) return { ...made, value: source.value };
  return { ...made, column: source.column, isRequired, checks: [...algorithms] };
}

/** Without the options that are undefined. */
const plain = (rules: RecordField['rules']): JsonValue => JSON.parse(JSON.stringify(rules));
