/**
 * Whether a record can be sent. A record that cannot is left out of every list of the body, so that positions match.
 */
import type { JsonValue } from '../../contracts/json.ts';
import { type FieldName, fieldName, fieldValue } from './fields.ts';
import { type NumberFault, numberFault } from './number.ts';
import type { InvalidRecord, RenderRecord, Template } from './template.ts';

export type RecordFault = Omit<InvalidRecord, 'index'>;

/** Tells why a record cannot be sent; undefined if it can. */
export function recordCheck(template: Template): (record: RenderRecord) => RecordFault | undefined {
  const fields = template.fields.map(fieldName);
  const numbers = template.numberFields.map(fieldName);
  return (record) => {
    const says = hasAny(record, fields) || (template.wholeRecords && !isEmpty(record));
    return says ? numberFaultOf(record, numbers) : nothingToSend(template);
  };
}

function hasAny(record: RenderRecord, fields: readonly FieldName[]): boolean {
  for (const field of fields) if (fieldValue(record, field) !== undefined) return true;
  return false;
}

function isEmpty(record: RenderRecord): boolean {
  return Object.values(record).every((value) => value === undefined || value === null);
}

function numberFaultOf(
  record: RenderRecord,
  numbers: readonly FieldName[],
): RecordFault | undefined {
  for (const field of numbers) {
    const value = fieldValue(record, field);
    const code = value === undefined ? undefined : numberFault(value);
    if (value === undefined || code === undefined) continue;
    return { field: field.name, code, reason: numberReason(field.name, code, value) };
  }
  return undefined;
}

function numberReason(field: string, code: NumberFault, value: JsonValue): string {
  return code === 'not-a-number'
    ? `The template sends field ${field} as a number, but its value is ${shapeOf(value)}. Map a numeric column, or take out $number.`
    : `The template sends field ${field} as a number, but its value has more digits than a JSON number keeps. Take out $number to send it as text.`;
}

/** What kind of value it is; never the value, which may belong to a person. */
function shapeOf(value: JsonValue): string {
  if (typeof value === 'string') return `a text of ${value.length} characters that is no number`;
  if (typeof value === 'number') return 'a number without end';
  if (typeof value === 'boolean') return 'a boolean';
  return Array.isArray(value) ? 'a list' : 'an object';
}

function nothingToSend(template: Template): RecordFault {
  const reason = template.wholeRecords
    ? 'The record has no value in any field, so that the request would say nothing of it. Map a field that it always has.'
    : `The record has no value in any field that the template names (${template.fields.join(', ')}), so that the request would say nothing of it. Map one that it always has.`;
  return { field: null, code: 'nothing-to-send', reason };
}
