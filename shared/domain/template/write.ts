/**
 * Writes one record's operations: the loop in which a run spends its time. Every byte is what JSON.stringify and UTF-8
 * give for the same value. The functions here take the buffer and a place in it and give the place after, so that the
 * engine can keep all of them in registers; with the place kept on an object the same took 1.6 times as long.
 */
import type { JsonValue } from '../../contracts/json.ts';
import { fieldValue } from './fields.ts';
import type { Fixed } from './fixed.ts';
import { numberText } from './number.ts';
import type { Operation } from './operation.ts';
import { type Output, UNIT_BYTES } from './output.ts';
import { type SpecialValue, specialValue } from './special.ts';
import type { RenderRecord } from './template.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
/** Up to here a loop over the characters is faster than the engine's own copy. */
const SHORT_TEXT = 16;
/** Up to here copying by words is faster than the engine's own copy. */
const SHORT_FIXED = 48;
/** Room beside fixed bytes and text: quotes, comma, a number's 25 characters, the spill of a last word. */
export const SPARE = 48;
/** In place of a place: this value needs escapes, or is neither text nor number. */
const NOT_PLAIN = -1;

export function writeRecord(
  output: Output,
  operations: readonly Operation[],
  record: RenderRecord,
): void {
  let { bytes, view, length: at } = output;
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index];
    if (operation === undefined) break;
    const { kind, special } = operation;
    if (special !== undefined) {
      output.length = at;
      writeSpecial(
        output,
        operation,
        specialValue(special, (field) => fieldValue(record, field)),
      );
      ({ bytes, view, length: at } = output);
      continue;
    }
    const value = kind === 'text' ? undefined : fieldValue(record, operation.field);
    if (kind === 'guard') {
      if (value === undefined) index += operation.skips;
      continue;
    }
    const fixed = kind !== 'text' && value === undefined ? operation.lead : operation.bytes;
    const room = fixed.bytes.length + (typeof value === 'string' ? value.length * UNIT_BYTES : 0);
    if (at + room + SPARE > bytes.length) {
      output.length = at;
      output.reserve(room + SPARE);
      ({ bytes, view } = output);
    }
    if (operation.trims && bytes[at - 1] === COMMA) at--;
    at = putFixed(bytes, view, at, fixed);
    if (value !== undefined) {
      const next = putValue(bytes, view, at, value, operation.asNumber);
      if (next === NOT_PLAIN) {
        output.length = at;
        output.json(JSON.stringify(value));
        output.reserve(SPARE);
        ({ bytes, view, length: at } = output);
      } else at = next;
      if (kind === 'member') bytes[at++] = COMMA;
    }
  }
  output.length = at;
}

/** A value that is not written as it is; the comma after a member of an object is its own. */
export function writeSpecial(
  output: Output,
  operation: Operation,
  value: SpecialValue | undefined,
): void {
  const fixed = value === undefined ? operation.lead : operation.bytes;
  output.reserve(fixed.bytes.length + (value?.text.length ?? 0) * UNIT_BYTES + SPARE);
  const { bytes, view } = output;
  let at = output.length;
  if (operation.trims && bytes[at - 1] === COMMA) at--;
  at = putFixed(bytes, view, at, fixed);
  if (value !== undefined) {
    at = putSpecial(output, at, value);
    if (operation.kind === 'member') output.bytes[at++] = COMMA;
  }
  output.length = at;
}

function putSpecial(output: Output, at: number, { text, isQuoted }: SpecialValue): number {
  const { bytes, view } = output;
  if (!isQuoted && text.length <= SHORT_TEXT) {
    const end = putShortText(bytes, at, text);
    if (end !== NOT_PLAIN) return end;
  }
  if (!isQuoted) return at + bytes.write(text, at, 'utf8');
  const end = putValue(bytes, view, at, text, false);
  if (end !== NOT_PLAIN) return end;
  output.length = at;
  output.json(JSON.stringify(text));
  output.reserve(SPARE);
  return output.length;
}

export function putFixed(bytes: Buffer, view: DataView, at: number, fixed: Fixed): number {
  const { words } = fixed;
  const count = fixed.bytes.length;
  if (count > SHORT_FIXED) bytes.set(fixed.bytes, at);
  else {
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i] ?? 0, true);
  }
  return at + count;
}

function putValue(
  bytes: Buffer,
  view: DataView,
  at: number,
  value: JsonValue,
  asNumber: boolean,
): number {
  if (asNumber) return putAscii(bytes, at, numberText(value));
  if (typeof value === 'string') {
    const end =
      value.length > SHORT_TEXT
        ? putLongText(bytes, view, at + 1, value)
        : putShortText(bytes, at + 1, value);
    if (end === NOT_PLAIN) return NOT_PLAIN;
    bytes[at] = QUOTE;
    bytes[end] = QUOTE;
    return end + 1;
  }
  if (typeof value !== 'number') return NOT_PLAIN;
  return putAscii(bytes, at, Number.isFinite(value) ? String(value) : 'null');
}

export function putAscii(bytes: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

function putShortText(bytes: Buffer, from: number, text: string): number {
  let at = from;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      if (unit < 0x20 || unit === QUOTE || unit === BACKSLASH) return NOT_PLAIN;
      bytes[at++] = unit;
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else {
      const isSurrogate = (unit & 0xf800) === 0xd800;
      if (isSurrogate) return NOT_PLAIN;
      bytes[at++] = 0xe0 | (unit >> 12);
      bytes[at++] = 0x80 | ((unit >> 6) & 0x3f);
      bytes[at++] = 0x80 | (unit & 0x3f);
    }
  }
  return at;
}

/**
 * The engine's copy has written as many bytes as there are UTF-16 units only if all of them are ASCII. Then they are
 * looked through for escapes, four at a time, and the last four whatever was seen of them.
 */
function putLongText(bytes: Buffer, view: DataView, at: number, text: string): number {
  const count = text.length;
  if (bytes.write(text, at, 'utf8') !== count) return NOT_PLAIN;
  const last = at + count - 4;
  let escapes = escapesIn(view.getInt32(last, true));
  for (let i = at; i < last; i += 4) escapes |= escapesIn(view.getInt32(i, true));
  return escapes === 0 ? at + count : NOT_PLAIN;
}

/**
 * Not 0 if one of four ASCII bytes is below 0x20, a quote or a backslash: taking away 0x20, or 1 after these have been
 * made 0, then borrows from the byte's free top bit.
 */
function escapesIn(four: number): number {
  const control = four - 0x20202020;
  const quote = (four ^ 0x22222222) - 0x01010101;
  const backslash = (four ^ 0x5c5c5c5c) - 0x01010101;
  return (control | quote | backslash) & 0x80808080;
}
