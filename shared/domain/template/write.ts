/**
 * Writes one record's operations: the loop in which a run spends its time. Every byte is what JSON.stringify and UTF-8
 * give for the same value.
 */
import type { JsonValue } from '../../contracts/json.ts';
import { fieldValue } from './fields.ts';
import { numberText } from './number.ts';
import type { Operation } from './operation.ts';
import { type Output, UNIT_BYTES } from './output.ts';
import { COMMA, NOT_PLAIN, putAscii, putFixed, putPlainText, QUOTE, SPARE } from './put.ts';
import type { RenderRecord } from './template.ts';
import { writeSpecial } from './write-special.ts';

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
      writeSpecial(output, operation, special, fieldValue, record);
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

function putValue(
  bytes: Buffer,
  view: DataView,
  at: number,
  value: JsonValue,
  asNumber: boolean,
): number {
  if (asNumber) return putAscii(bytes, at, numberText(value));
  if (typeof value === 'string') {
    const end = putPlainText(bytes, view, at + 1, value);
    if (end === NOT_PLAIN) return NOT_PLAIN;
    bytes[at] = QUOTE;
    bytes[end] = QUOTE;
    return end + 1;
  }
  if (typeof value !== 'number') return NOT_PLAIN;
  return putAscii(bytes, at, Number.isFinite(value) ? String(value) : 'null');
}
