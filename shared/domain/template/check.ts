/**
 * Whether a record can be sent. A record that cannot is left out of every list of the body, so that positions match.
 */
import type { FieldCast } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import { castFault, castText, textOf } from './cast.ts';
import { type FieldName, fieldName, fieldValue } from './fields.ts';
import type { InvalidCode, InvalidRecord, RenderRecord, Template } from './template.ts';

export type RecordFault = Omit<InvalidRecord, 'index'>;

/** Tells why a record cannot be sent; undefined if it can. */
export type RecordCheck = (record: RenderRecord) => RecordFault | undefined;

/** A check for each batch: what one record is a key of, no later one can be. */
export function recordCheck(template: Template): () => RecordCheck {
  const fields = template.fields.map(fieldName);
  const casts = template.casts.map(({ field, as }) => ({ field: fieldName(field), as }));
  const asOf = new Map(template.casts.map(({ field, as }) => [field, as]));
  const oneValue = template.oneValue.map(({ field, separator }) => ({
    field: fieldName(field),
    separator,
    as: asOf.get(field),
  }));
  const keyed = template.keys.map((name) => ({ field: fieldName(name), as: asOf.get(name) }));
  const isSaying = (record: RenderRecord): boolean =>
    template.isCarried || hasAny(record, fields) || (template.wholeRecords && !isEmpty(record));
  return () => {
    const seen = keyed.map(() => new Set<string>());
    return (record) => {
      if (!isSaying(record)) return nothingToSend(template);
      return (
        castFaultOf(record, casts) ??
        oneValueFaultOf(record, oneValue) ??
        keyFaultOf(record, keyed, seen)
      );
    };
  };
}

function hasAny(record: RenderRecord, fields: readonly FieldName[]): boolean {
  for (const field of fields) if (fieldValue(record, field) !== undefined) return true;
  return false;
}

function isEmpty(record: RenderRecord): boolean {
  return Object.values(record).every((value) => value === undefined || value === null);
}

interface Cast {
  readonly field: FieldName;
  readonly as: FieldCast | undefined;
}

function castFaultOf(record: RenderRecord, casts: readonly Cast[]): RecordFault | undefined {
  for (const { field, as } of casts) {
    const value = fieldValue(record, field);
    const code = value === undefined || as === undefined ? undefined : castFault(as, value);
    if (value === undefined || code === undefined) continue;
    return { field: field.name, code, reason: castReason(field.name, code, value) };
  }
  return undefined;
}

interface OneValue extends Cast {
  readonly separator: string;
}

function oneValueFaultOf(
  record: RenderRecord,
  places: readonly OneValue[],
): RecordFault | undefined {
  for (const { field, separator, as } of places) {
    const value = fieldValue(record, field);
    if (value === undefined) continue;
    const { name } = field;
    if (typeof value === 'object') return fault(name, 'not-one-value', listReason(name, value));
    if (separator === '' || !keyText(value, as).includes(separator)) continue;
    return fault(name, 'separator-in-value', separatorReason(name));
  }
  return undefined;
}

function keyFaultOf(
  record: RenderRecord,
  keyed: readonly Cast[],
  seen: readonly Set<string>[],
): RecordFault | undefined {
  if (keyed.length === 0) return undefined;
  const keys: string[] = [];
  for (const [at, { field, as }] of keyed.entries()) {
    const value = fieldValue(record, field);
    const { name } = field;
    if (value === undefined) return fault(name, 'record-unnamed', keyMissing(name));
    const key = keyText(value, as);
    if (seen[at]?.has(key)) return fault(name, 'record-twice', keyTwice(name));
    keys.push(key);
  }
  for (const [at, key] of keys.entries()) seen[at]?.add(key);
  return undefined;
}

const keyText = (value: JsonValue, as: FieldCast | undefined): string =>
  as === undefined ? textOf(value) : castText(as, value);

const fault = (field: string, code: InvalidCode, reason: string): RecordFault => ({
  field,
  code,
  reason,
});

function castReason(field: string, code: InvalidCode, value: JsonValue): string {
  switch (code) {
    case 'inexact-number':
      return `The template sends field ${field} as a number, but its value has more digits than a JSON number keeps. Take out $number to send it as text.`;
    case 'not-a-boolean':
      return `Field ${field} is sent as true or false, but its value is ${shapeOf(value, 'neither')}. Map a column of true and false, or 1 and 0.`;
    case 'not-a-date':
      return `Field ${field} is sent as a moment, but its value is ${shapeOf(value, 'none')}. Map a column of dates such as 2026-11-29 or 2026-11-29T08:00:00Z, or take out "as".`;
    default:
      return `The template sends field ${field} as a number, but its value is ${shapeOf(value)}. Map a numeric column, or take out $number.`;
  }
}

const listReason = (field: string, value: JsonValue): string =>
  `Field ${field} stands where one text or number belongs, but its value is ${shapeOf(value)}. Map a column of single values.`;

const separatorReason = (field: string): string =>
  `The value of field ${field} holds the separator that the template joins values with, so that it would arrive as two. Mend it in the export, or choose another separator.`;

const keyMissing = (field: string): string =>
  `The template names each record by its field ${field}, and this one has no value in it. Fill its column in the export.`;

const keyTwice = (field: string): string =>
  `The template names each record by its field ${field}, and another record of the request has the same value. Map a field that no two members share.`;

/** What kind of value it is; never the value, which may belong to a person. */
function shapeOf(value: JsonValue, what = 'no number'): string {
  if (typeof value === 'string') return `a text of ${value.length} characters that is ${what}`;
  if (typeof value === 'number')
    return Number.isFinite(value) ? 'a number' : 'a number without end';
  if (typeof value === 'boolean') return 'a boolean';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function nothingToSend(template: Template): RecordFault {
  const reason = template.wholeRecords
    ? 'The record has no value in any field, so that the request would say nothing of it. Map a field that it always has.'
    : `The record has no value in any field that the template names (${template.fields.join(', ')}), so that the request would say nothing of it. Map one that it always has.`;
  return { field: null, code: 'nothing-to-send', reason };
}
