/** What the actions send of a record, read from its text. */
import type { JsonValue } from '../../contracts/json.ts';
import type { SentField } from '../template/render-texts.ts';
import { canonical } from './canonical.ts';

type JsonObject = Readonly<Record<string, JsonValue>>;

const parse = (record: string): JsonObject => JSON.parse(record);

/** Own properties only: a record of an older configuration may lack the slot. */
const valueIn = (record: JsonObject, slot: string): JsonValue | undefined =>
  Object.hasOwn(record, slot) ? record[slot] : undefined;

export function view(sent: readonly SentField[], text: string): Record<string, JsonValue> {
  const record = parse(text);
  const seen: Record<string, JsonValue> = {};
  for (const { field, slot } of sent) {
    const value = valueIn(record, slot);
    if (value !== undefined) seen[field] = value;
  }
  return seen;
}

/** Whether two records hold the same in these slots. */
export function sameIn(slots: readonly string[], a: string, b: string): boolean {
  if (a === b) return true;
  const left = parse(a);
  const right = parse(b);
  return slots.every((slot) => sameValue(valueIn(left, slot), valueIn(right, slot)));
}

const sameValue = (a: JsonValue | undefined, b: JsonValue | undefined): boolean =>
  a === b || (typeof a === 'object' && typeof b === 'object' && canonical(a) === canonical(b));

/** The fields that the first record has and the second lacks. */
export function lostIn(sent: readonly SentField[], before: string, after: string): string[] {
  if (sent.length === 0 || before === after) return [];
  const [had, has] = [parse(before), parse(after)];
  return sent
    .filter(({ slot }) => valueIn(had, slot) !== undefined && valueIn(has, slot) === undefined)
    .map(({ field }) => field);
}

export function identityText(sent: readonly SentField[], text: string): string | undefined {
  const identity = view(sent, text);
  return Object.keys(identity).length === 0 ? undefined : canonical(identity);
}
