/**
 * Reads what `failed` and `matched` give: which records, and what the platform says of them. Anything that does not
 * surely name the records that were sent is refused as a whole: a guess would call a failed record delivered.
 */
import { type NamedRecords, textOf } from './named-records.ts';

/** `code`, `message`: the platform's words, as they came. */
export interface Entry {
  readonly index: number;
  readonly code: string;
  readonly message: string;
}

export type Entries =
  | { readonly ok: true; readonly entries: readonly Entry[] }
  | { readonly ok: false; readonly why: string };

/** `flag`: the key under which an object says true or false of the record in its place. */
export function readEntries(
  value: unknown,
  flag: 'failed' | 'matched',
  records: NamedRecords,
): Entries {
  if (value === undefined || value === null) return { ok: true, entries: [] };
  const items: readonly unknown[] = Array.isArray(value) ? value : [value];
  const flags = items.map((item) => flagOf(item, flag));
  if (flags.some((said) => said !== undefined)) return inOrder(items, flags, records);
  const entries: Entry[] = [];
  for (const item of items) {
    if (isObject(item) && own(item, flag) === false) continue;
    const indices = indicesOf(item, records);
    if (typeof indices === 'string') return { ok: false, why: indices };
    const said = wordsOf(item);
    for (const index of indices) entries.push({ index, ...said });
  }
  return { ok: true, entries };
}

/** What an entry says of the record in its place; undefined where it names one. */
function flagOf(item: unknown, flag: string): boolean | undefined {
  const isNamed = isObject(item) && (isGiven(own(item, 'index')) || isGiven(own(item, 'id')));
  const said = isObject(item) ? own(item, flag) : item;
  return typeof said === 'boolean' && !isNamed ? said : undefined;
}

/** One entry for each record, in their order. */
function inOrder(
  items: readonly unknown[],
  flags: readonly (boolean | undefined)[],
  { count, isPart }: NamedRecords,
): Entries {
  if (isPart) return { ok: false, why: placeOfMany };
  if (flags.length !== count || flags.includes(undefined)) {
    return { ok: false, why: 'gives true and false, but not one for each record' };
  }
  const entries = items.map((item, index) => ({ index, ...wordsOf(item) }));
  return { ok: true, entries: entries.filter(({ index }) => flags[index]) };
}

/** The records an entry names, or why it names none. An identifier that several share names them all. */
function indicesOf(item: unknown, records: NamedRecords): readonly number[] | string {
  if (!isObject(item)) {
    return typeof item === 'number' ? inRange(item, records) : byText(item, records);
  }
  const [index, id] = [own(item, 'index'), own(item, 'id')];
  const byIndex = isGiven(index) ? byIndices(index, records) : undefined;
  const byId = isGiven(id) ? byIds(id, own(item, 'field'), records) : undefined;
  if (byIndex === undefined) return byId ?? 'gives an entry without index and id';
  if (byId === undefined || typeof byIndex === 'string') return byIndex;
  if (typeof byId === 'string') return byId;
  const isOne = byIndex.every((each) => byId.includes(each));
  return isOne ? byIndex : 'gives an index and an id of different records';
}

const isGiven = (value: unknown): boolean => value !== undefined && value !== null;

/** An index as text is the form 64-bit integers have in JSON. */
const digits = (value: unknown): unknown =>
  typeof value === 'string' && /^\d{1,9}$/.test(value) ? Number(value) : value;

const placeOfMany =
  'gives places, where the answer is about several requests: it has to name records by identifier';

function inRange(index: unknown, { count, isPart }: NamedRecords): readonly number[] | string {
  if (isPart) return placeOfMany;
  const fits = typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < count;
  return fits ? [index] : 'gives an index that no record of the request has';
}

/** One place or several. */
function byIndices(index: unknown, records: NamedRecords): readonly number[] | string {
  if (!Array.isArray(index)) return inRange(digits(index), records);
  const found = index.map((each) => inRange(digits(each), records));
  const wrong = found.find((each) => typeof each === 'string');
  return wrong ?? found.flatMap((each) => (typeof each === 'string' ? [] : each));
}

/** One identifier or several, in the field that is named, if one is. */
function byIds(id: unknown, field: unknown, records: NamedRecords): readonly number[] | string {
  if (isGiven(field) && typeof field !== 'string') return 'gives a field that is no text';
  const name = typeof field === 'string' ? field : undefined;
  if (!Array.isArray(id)) return byText(id, records, name);
  const found = new Set<number>();
  for (const each of id) {
    const indices = byText(each, records, name);
    if (typeof indices === 'string') return indices;
    for (const index of indices) found.add(index);
  }
  return [...found].sort((a, b) => a - b);
}

function byText(id: unknown, records: NamedRecords, field?: string): readonly number[] | string {
  const text = textOf(id);
  if (text === undefined) return 'gives an entry that is neither an index nor an identifier';
  const named = records.indicesOf(text, field);
  const isTold = named.length > 0 || records.isPart;
  return isTold ? named : 'gives an identifier that no record of the request has';
}

function wordsOf(item: unknown): { code: string; message: string } {
  if (!isObject(item)) return { code: '', message: '' };
  return { code: words(own(item, 'code')), message: words(own(item, 'message')) };
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.slice(0, 10).map(words).filter(Boolean).join('; ');
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

const isObject = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (value: object, name: string): unknown =>
  Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
