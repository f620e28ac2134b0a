/**
 * One field, compiled: value → normalise → required → hashing checks → hash → its slots' JSON text.
 * This is run for each candidate row, so everything that does not depend on the value is done beforehand.
 */

import type { JsonValue } from '../../contracts/json.ts';
import type { Fault } from '../words/problem.ts';
import { canonical, isEmpty } from './canonical.ts';
import { alreadyHashed, nested, notHashed, required } from './faults.ts';
import { type Algorithm, hashLook, looksHashed } from './hashing.ts';
import type { RecordField, Slot } from './layout.ts';
import { compileNormaliser, type Normaliser, type Unreadable } from './normalise/normaliser.ts';
import { trim } from './normalise/text.ts';
import type { RecordTools } from './pipeline.ts';

/**
 * Writes the field's members (`"EMAIL":"…"`, or nothing for an empty value) to their slots' places. What it gives is
 * why the row has no record, or, where it says `drop`, why the record has no such field.
 */
export type FieldWriter = (value: JsonValue, slots: string[]) => Fault | Unreadable | undefined;

type Check = (text: string) => Fault | undefined;

export function compileField(field: RecordField, tools: RecordTools): FieldWriter {
  const keepsType = field.rules.length === 0;
  const writers = field.slots.map((slot) => compileSlot(slot, keepsType, tools));
  const absent = compileAbsence(field);
  const read = compileReading(field, tools);
  return (value, slots) => {
    const text = read(value);
    if (typeof text === 'object') return 'drop' in text ? (absent(slots) ?? text) : text;
    if (text === undefined ? isEmpty(value) : text === '') return absent(slots);
    for (const write of writers) write(value, text, slots);
    return undefined;
  };
}

function compileAbsence({ name, source, isRequired, slots }: RecordField) {
  const fault = isRequired ? required(name, source) : undefined;
  return (target: string[]): Fault | undefined => {
    for (const { at } of slots) target[at] = '';
    return fault;
  };
}

/** The value as checked text; undefined where the field takes values as they are. */
function compileReading(field: RecordField, tools: RecordTools) {
  const { name, rules, algorithms } = field;
  if (rules.length === 0 && algorithms.length === 0) return (): undefined => undefined;
  const tooDeep = nested(name);
  const check = compileChecks(field);
  const read =
    rules.length === 0
      ? (text: string) => check(text) ?? text
      : compileRules(field, check, compileNormaliser(name, rules, tools));
  return (value: JsonValue): string | Fault | Unreadable => {
    const text = textOf(value);
    if (text === '') return '';
    return text === undefined ? tooDeep : read(text);
  };
}

/**
 * A hash is no address and no number: it is refused as one, whatever a rule would make of it. Where a rule asks for
 * something that can be read, that goes for hashes of every kind.
 */
function compileRules(
  { name, algorithms, rules }: RecordField,
  check: Check,
  normalise: Normaliser,
) {
  const isReading = algorithms.length > 0 && rules.some((rule) => 'unreadable' in rule);
  return (text: string): string | Fault | Unreadable => {
    const bare = trim(text);
    const fault = check(bare);
    if (fault) return fault;
    const other = isReading ? hashLook(bare) : undefined;
    if (other) return alreadyHashed(name, other);
    const normal = normalise(text);
    if (typeof normal === 'string') return normal === '' ? '' : (check(normal) ?? normal);
    return normal.drop ? normal : normal.fault;
  };
}

/** Empty for an empty value; undefined for a list or an object that is not. */
function textOf(value: JsonValue): string | undefined {
  if (typeof value === 'string') return value;
  if (isEmpty(value)) return '';
  return typeof value === 'object' ? undefined : JSON.stringify(value);
}

const passes: Check = () => undefined;

function compileChecks({ name, algorithms, comesHashed }: RecordField): Check {
  const checks = algorithms.map((type) =>
    comesHashed ? mustBe(type, name) : mustNotBe(type, name),
  );
  const [first = passes, second] = checks;
  if (!second) return first;
  return (text) => {
    for (const check of checks) {
      const fault = check(text);
      if (fault) return fault;
    }
    return undefined;
  };
}

function mustBe(type: Algorithm, field: string): Check {
  const fault = notHashed(field);
  return (text) => (looksHashed(type, text) ? undefined : fault);
}

function mustNotBe(type: Algorithm, field: string): Check {
  const fault = alreadyHashed(field, type);
  return (text) => (looksHashed(type, text) ? fault : undefined);
}

/** A normalised value is text; another plain one keeps its type, even where a second form of it is hashed. */
function compileSlot({ name, form, at }: Slot, keepsType: boolean, tools: RecordTools) {
  const label = `${JSON.stringify(name)}:`;
  if (form === 'NONE') {
    return (value: JsonValue, text: string | undefined, slots: string[]): void => {
      slots[at] = label + canonical(keepsType || text === undefined ? value : text);
    };
  }
  return (_: JsonValue, text: string | undefined, slots: string[]): void => {
    slots[at] = `${label}"${tools.hash(form, text ?? '')}"`;
  };
}
