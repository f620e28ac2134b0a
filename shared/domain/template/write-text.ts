/** Writes one record's operations from its text: values go from there into the body byte for byte. */
import type { JsonValue } from '../../contracts/json.ts';
import type { FieldName } from './fields.ts';
import type { Fixed } from './fixed.ts';
import { numberText } from './number.ts';
import type { Operation } from './operation.ts';
import type { Output } from './output.ts';
import { COMMA, putFixed, SPARE } from './put.ts';
import type { RecordText } from './record-text.ts';
import { writeSpecial } from './write-special.ts';

/** Up to here copying by words is faster than the engine's own copy. */
const SHORT_VALUE = 96;

/**
 * `places`: of each operation's field among the values of the record; below 0 where it has none. `read`: of any field, for
 * what is not written as it stands.
 */
export function writeText(
  output: Output,
  operations: readonly Operation[],
  places: Int32Array,
  record: RecordText,
  read: (record: RecordText, field: FieldName) => JsonValue | undefined,
): void {
  const { starts, ends, bytes: source } = record;
  let { bytes, view, length: at } = output;
  for (let index = 0; index < operations.length; index++) {
    const operation = operations[index];
    if (operation === undefined) break;
    const { kind, special } = operation;
    if (special !== undefined) {
      output.length = at;
      writeSpecial(output, operation, special, read, record);
      ({ bytes, view, length: at } = output);
      continue;
    }
    const place = places[index] ?? -1;
    const from = place < 0 ? -1 : (starts[place] ?? -1);
    if (kind === 'guard') {
      if (from < 0) index += operation.skips;
      continue;
    }
    const size = from < 0 ? 0 : (ends[place] ?? 0) - from;
    const fixed: Fixed = kind !== 'text' && from < 0 ? operation.lead : operation.bytes;
    if (at + fixed.bytes.length + size + SPARE > bytes.length) {
      output.length = at;
      output.reserve(fixed.bytes.length + size + SPARE);
      ({ bytes, view } = output);
    }
    if (operation.trims && bytes[at - 1] === COMMA) at--;
    at = putFixed(bytes, view, at, fixed);
    if (from >= 0) {
      if (operation.asNumber || record.isNested(place)) {
        output.length = at;
        output.json(jsonOf(record, place, operation.asNumber));
        output.reserve(SPARE);
        ({ bytes, view, length: at } = output);
      } else if (size > SHORT_VALUE) {
        at += source.copy(bytes, at, from, from + size);
      } else {
        const words = record.view;
        for (let i = 0; i < size; i += 4)
          view.setInt32(at + i, words.getInt32(from + i, true), true);
        at += size;
      }
      if (kind === 'member') bytes[at++] = COMMA;
    }
  }
  output.length = at;
}

/** A list or an object is written anew: JavaScript puts names that are numbers first, canonical text does not. */
function jsonOf(record: RecordText, place: number, asNumber: boolean): string {
  const value = record.value(place) ?? null;
  return asNumber ? numberText(value) : JSON.stringify(value);
}
