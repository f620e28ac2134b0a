/**
 * Reads what `ids` gives: by which ids of its own the platform knows which of the records. What does not surely name
 * records that were sent is refused as a whole: of a lookup, whoever is not named counts as not there.
 */
import type { Answer } from './document.ts';
import { evaluateRule } from './evaluate.ts';
import { NamedRecords, textOf } from './named-records.ts';
import type { ResponseRules, SentRecord } from './rule.ts';

export type ReadIds =
  /** By index among the records sent: at least one id each, each once, in the order of the answer. */
  | { readonly ok: true; readonly ids: ReadonlyMap<number, readonly string[]> }
  /** In words that follow "The response rule "ids" …"; never with a value. */
  | { readonly ok: false; readonly why: string };

/** Longer ones are no ids, and are to fit into a path. */
const longestId = 256;
/** Of one record. */
const mostIds = 100;

/** Never throws. @param fields those in which a value is looked up; undefined means any */
export async function readIds(
  { ids, none }: ResponseRules,
  answer: Answer,
  records: readonly SentRecord[],
  fields?: readonly string[],
): Promise<ReadIds> {
  const nobody = none && (await evaluateRule(none, answer, records));
  if (!ids || (nobody?.ok && nobody.value === true)) return { ok: true, ids: new Map() };
  const result = await evaluateRule(ids, answer, records);
  if (!result.ok) return result;
  return pairs(result.value, new NamedRecords(records, fields));
}

function pairs(value: unknown, records: NamedRecords): ReadIds {
  const found = new Map<number, string[]>();
  const entries = entriesOf(value);
  const isPlain = entries.every((entry) => !names(entry));
  if (isPlain && records.count > 1 && entries.length > 0 && entries.length !== records.count)
    return { ok: false, why: 'gives ids without saying of whom, and not one for each record' };
  for (const [place, pair] of entries.entries()) {
    const at = records.count === 1 ? 0 : place;
    const [indices, id] = [isPlain ? [at] : indicesOf(pair, records), idOf(pair)];
    if (typeof indices === 'string') return { ok: false, why: indices };
    if (id === undefined) return { ok: false, why: noId };
    for (const index of indices) {
      const known = found.get(index) ?? [];
      if (!known.includes(id)) found.set(index, [...known, id]);
      if (known.length >= mostIds)
        return { ok: false, why: `gives more than ${mostIds} ids of one record` };
    }
  }
  return { ok: true, ids: found };
}

const noId = `gives an entry whose platformId is neither a text of 1 to ${longestId} characters nor a number that JSON keeps exactly`;

const entriesOf = (value: unknown): readonly unknown[] => {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : [value];
};

/** Whether an entry says whom it is about. */
const names = (entry: unknown): boolean =>
  ['index', 'value'].some((name) => (own(entry, name) ?? null) !== null);

function idOf(pair: unknown): string | undefined {
  const text = textOf(typeof pair === 'object' ? own(pair, 'platformId') : pair);
  return text === undefined || text.length > longestId ? undefined : text;
}

/** The records an entry names, or why it surely names none. */
function indicesOf(pair: unknown, records: NamedRecords): readonly number[] | string {
  const [index, value, field] = [own(pair, 'index'), own(pair, 'value'), own(pair, 'field')];
  if (index !== undefined && index !== null) {
    const at = typeof index === 'string' && /^\d{1,9}$/.test(index) ? Number(index) : index;
    const isOne = typeof at === 'number' && Number.isInteger(at) && at >= 0 && at < records.count;
    return isOne ? [at] : 'gives an index that no record of the request has';
  }
  const text = textOf(value);
  if (text === undefined) return 'gives an entry without index and value';
  if (field !== undefined && field !== null && typeof field !== 'string')
    return 'gives a field that is no text';
  const named = records.indicesOf(text, typeof field === 'string' ? field : undefined);
  return named.length > 0 ? named : 'gives a value that no record of the request has';
}

const own = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
