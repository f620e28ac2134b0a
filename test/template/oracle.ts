/**
 * What a body should be, by jsonata 2.2.2 and JSON.stringify. The differences that docs/templates.md promises are made
 * up for before and after, each in a line of its own; all else must be the same to the byte.
 */
import jsonata from 'jsonata';
import type { JsonValue } from '../../shared/contracts/json.ts';
import {
  BOOLEAN_FIELD,
  CONNECTION_NUMBER,
  CONNECTION_PATHS,
  children,
  type Drawn,
  FIELDS,
  KEY_FIELD,
  NUMBER_FIELDS,
  Printer,
  SEPARATOR,
  TEXT_FIELDS,
} from './generate.ts';

type Fields = Record<string, JsonValue>;

/** Stands for "no value": a number, so that `$number` lets it through, and none that is ever drawn. */
const ABSENT = -1.2345678987654321e250;
const ABSENT_TEXT = String(ABSENT);
/** Begins a text that stands for a whole number of more digits than a double keeps; before, it is one that jsonata keeps. */
const WHOLE = '\u0000whole';
const standInForWhole = (at: number): string => `-7.5e${String(200 + at)}`;
/** Stands for a list that is a value, so that jsonata does not take it apart. */
const LIST = '\u0000list';

/** The body for records that can all be sent. */
export async function oracleBody(
  drawn: Drawn,
  choices: readonly number[],
  records: readonly Fields[],
  connection: Fields,
): Promise<string> {
  // Rows of one record: jsonata gives them flat, and in brackets once more gives a list of one row.
  const rows = records.length === 1 ? 'for one record' : 'as they are';
  const source = new Printer(choices, rows, String(ABSENT)).print(drawn);
  const lists: JsonValue[] = [];
  const input = {
    records: records.map((record) =>
      prepared(
        record,
        [...FIELDS, ...NUMBER_FIELDS, ...TEXT_FIELDS, BOOLEAN_FIELD, KEY_FIELD],
        lists,
      ),
    ),
    connection: preparedConnection(connection, lists),
  };
  const body = JSON.stringify(restored(await jsonata(source).evaluate(input), lists));
  return body.replace(/"\\u0000whole(-?\d+)"/g, '$1');
}

function prepared(record: Fields, fields: readonly string[], lists: JsonValue[]): Fields {
  // A field that is absent or null: a stand-in, so that its place shows.
  const missing = fields.filter((name) => !Object.hasOwn(record, name));
  const values = [...Object.entries(record), ...missing.map((name) => [name, null] as const)];
  return Object.fromEntries(values.map(([name, value]) => [name, standIn(value, lists)]));
}

function standIn(value: JsonValue, lists: JsonValue[]): JsonValue {
  if (value === null) return ABSENT;
  if (isRounded(value)) return standInForWhole(lists.push(value) - 1);
  // A list that is a value: a stand-in, so that it stays one item.
  return Array.isArray(value) ? { [LIST]: lists.push(value) - 1 } : value;
}

function preparedConnection(connection: Fields, lists: JsonValue[]): Fields {
  const paths = [...CONNECTION_PATHS, CONNECTION_NUMBER];
  const crm = (connection['crm'] ?? {}) as Fields;
  const inCrm = paths.flatMap(([first, second]) => (first === 'crm' && second ? [second] : []));
  const top = paths.flatMap(([first]) => (first !== undefined && first !== 'crm' ? [first] : []));
  return { ...prepared(connection, top, lists), crm: prepared(crm, inCrm, lists) };
}

/** The stand-ins taken out again: "no value" is left out of an object and null in a list. */
function restored(value: JsonValue, lists: readonly JsonValue[]): JsonValue {
  if (isAbsent(value)) return null;
  const whole = wholeOf(value, lists);
  if (whole !== undefined) return typeof value === 'number' ? `${WHOLE}${BigInt(whole)}` : whole;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => restored(item, lists));
  const entries = Object.entries(value);
  const [first] = entries;
  if (first?.[0] === LIST) return lists[Number(first[1])] ?? null;
  const present = entries.filter(([, member]) => !isAbsent(member));
  return Object.fromEntries(present.map(([name, member]) => [name, restored(member, lists)]));
}

const isRounded = (value: JsonValue): value is string =>
  typeof value === 'string' &&
  /^-?\d+$/.test(value) &&
  is64Bits(BigInt(value)) &&
  String(Number(value)) !== String(BigInt(value));

/** The text that a stand-in, as a text or as a number, stands for. */
function wholeOf(value: JsonValue, lists: readonly JsonValue[]): string | undefined {
  const at = lists.findIndex((text, index) => {
    const standIn = standInForWhole(index);
    return typeof text === 'string' && (value === standIn || value === Number(standIn));
  });
  const whole = lists[at];
  return typeof whole === 'string' ? whole : undefined;
}

/** A joined text has no value where one of its fields has none. */
const isAbsent = (value: JsonValue): boolean =>
  value === ABSENT || (typeof value === 'string' && value.includes(ABSENT_TEXT));

/** The records that can be sent, told in another way than the product does. */
export function sendable(drawn: Drawn, records: readonly Fields[]): readonly Fields[] {
  const kinds = new Set(allNodes(drawn).map(({ kind }) => kind));
  const keys = new Set<JsonValue>();
  return records.filter((record) => {
    if (!canBeSent(drawn, record)) return false;
    const key = record[KEY_FIELD] ?? null;
    if (kinds.has('join') && key !== null) {
      if (typeof key !== 'string' || key.includes(SEPARATOR)) return false;
    }
    if (!kinds.has('keyed')) return true;
    if (typeof key !== 'string' || keys.has(key)) return false;
    keys.add(key);
    return true;
  });
}

/** Whether a record can be sent, told in another way than the product does. */
function canBeSent(drawn: Drawn, record: Fields): boolean {
  const nodes = allNodes(drawn);
  const numbers = nodes.flatMap((node) =>
    node.kind === 'number' && node.of.kind === 'field' ? [node.of.name] : [],
  );
  const flags = nodes.some(({ kind }) => kind === 'boolean');
  const named = nodes.flatMap((node) => {
    if (node.kind === 'keyed') return [KEY_FIELD];
    return node.kind === 'field' || node.kind === 'join' ? [node.name] : [];
  });
  const has = (name: string): boolean => Object.hasOwn(record, name) && record[name] !== null;
  const whole = nodes.some((node) => node.kind === 'records');
  const says = named.some(has) || (whole && Object.keys(record).some(has));
  const flag = record[BOOLEAN_FIELD] ?? true;
  const isFlag = [true, false, 1, 0, 'true', '1', 'TRUE'].includes(flag as string);
  if (flags && !isFlag) return false;
  return says && numbers.filter(has).every((name) => isExact(record[name] ?? null));
}

function allNodes(node: Drawn): readonly Drawn[] {
  return [node, ...children(node).flatMap(allNodes)];
}

function isExact(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'string' || !/^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(value)) return false;
  if (/^-?\d+$/.test(value) && is64Bits(BigInt(value))) return true;
  const kept = Number(value);
  if (!Number.isFinite(kept)) return false;
  const [a, b] = [fraction(value), fraction(String(kept))];
  return a.over * b.under === b.over * a.under;
}

const is64Bits = (whole: bigint): boolean =>
  BigInt.asIntN(64, whole) === whole || BigInt.asUintN(64, whole) === whole;

/** A decimal as a fraction of whole numbers. */
function fraction(decimal: string): { over: bigint; under: bigint } {
  const [, sign = '', whole = '', part = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(decimal) ?? [];
  const power = Number(exponent) - part.length;
  const digits = BigInt(`${sign}${whole}${part}`);
  return power >= 0
    ? { over: digits * 10n ** BigInt(power), under: 1n }
    : { over: digits, under: 10n ** BigInt(-power) };
}
