import type { JsonValue } from '../../contracts/json.ts';

const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value);

/** No quote, backslash, control character or half of a pair. */
const plain = /^[ !#-[\]-\ud7ff\ue000-\uffff]*$/;

/** `JSON.stringify` of a text; most texts need no escapes, and looking first takes half the time. */
const quote = (text: string): string => (plain.test(text) ? `"${text}"` : JSON.stringify(text));

/** JSON text with the names of every object in order of their UTF-16 units: one text for one value. */
export function canonical(value: JsonValue): string {
  if (typeof value === 'string') return quote(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (isList(value)) return `[${value.map(canonical).join(',')}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${JSON.stringify(name)}:${canonical(each)}`);
  return `{${members.join(',')}}`;
}

/** Null, empty text, an empty list or an empty object: sent as if the field were not there. */
export function isEmpty(value: JsonValue): boolean {
  if (value === null || value === '') return true;
  if (typeof value !== 'object') return false;
  return isList(value) ? value.length === 0 : Object.keys(value).length === 0;
}
