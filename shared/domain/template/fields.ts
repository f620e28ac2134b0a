/** How a record's field is read: own properties only, since records come from files of anybody. */
import type { JsonValue } from '../../contracts/json.ts';
import type { RenderRecord } from './template.ts';

export interface FieldName {
  readonly name: string;
  /** Whether every object inherits something of this name, so that its own must be told from that. */
  readonly inherited: boolean;
}

export function fieldName(name: string): FieldName {
  return { name, inherited: name in Object.prototype };
}

/** A field's value; undefined if it has none. */
export function fieldValue(record: RenderRecord, field: FieldName): JsonValue | undefined {
  if (field.inherited && !Object.hasOwn(record, field.name)) return undefined;
  return record[field.name] ?? undefined;
}
