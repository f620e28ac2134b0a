/** Writes a value that is not written as it is, part by part and straight into the body. */
import type { JsonValue } from '../../contracts/json.ts';
import { castText, isText, textOf } from './cast.ts';
import type { FieldName } from './fields.ts';
import type { Operation } from './operation.ts';
import type { Output } from './output.ts';
import { COMMA, NOT_PLAIN, putAscii, putFixed, putPlainText, QUOTE, SPARE } from './put.ts';
import { formEncoded, pieceOf, type Special } from './special.ts';

/** Of one UTF-16 unit: `\u0000` in JSON, three bytes as `%00` in a form. */
const MOST_BYTES = 9;

/**
 * `read`: a field's value in `source`; undefined where it has none. Where one of the fields has none, what was written is
 * taken back: a joined text has then no value either.
 */
export function writeSpecial<Source>(
  output: Output,
  operation: Operation,
  special: Special,
  read: (source: Source, field: FieldName) => JsonValue | undefined,
  source: Source,
): void {
  const { parts, tail } = special;
  output.reserve(operation.bytes.bytes.length + operation.lead.bytes.length + SPARE);
  if (operation.trims && output.bytes[output.length - 1] === COMMA) output.length--;
  const from = output.length;
  let at = putFixed(output.bytes, output.view, from, operation.bytes);
  const isQuoted = isQuotedText(special);
  if (isQuoted) output.bytes[at++] = QUOTE;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part?.kind === 'text') {
      at = roomFor(output, at, part.written.bytes.length);
      at = putFixed(output.bytes, output.view, at, part.written);
      continue;
    }
    const value = part?.kind === 'field' ? read(source, part.field) : undefined;
    if (part?.kind !== 'field' || value === undefined) {
      output.length = putFixed(output.bytes, output.view, from, operation.lead);
      return;
    }
    const { as } = part;
    const isPlain = typeof value === 'string' && (as === undefined || as === 'text');
    const text = isPlain ? value : as === undefined ? textOf(value) : castText(as, value);
    at = roomFor(output, at, text.length * MOST_BYTES);
    at = putText(output.bytes, output.view, at, text, special, isQuoted);
  }
  at = roomFor(output, at, tail.bytes.length);
  if (isQuoted) output.bytes[at++] = QUOTE;
  at = putFixed(output.bytes, output.view, at, tail);
  if (operation.kind === 'member') output.bytes[at++] = COMMA;
  output.length = at;
}

/** Of JSON: what `&` gives, and what is cast to a text. */
function isQuotedText({ place, isJoined, parts }: Special): boolean {
  if (place !== 'json') return false;
  const [only] = parts;
  return isJoined || (only?.kind === 'field' && only.as !== undefined && isText(only.as));
}

function roomFor(output: Output, at: number, bytes: number): number {
  if (at + bytes + SPARE <= output.bytes.length) return at;
  output.length = at;
  output.reserve(bytes + SPARE);
  return at;
}

function putText(
  bytes: Buffer,
  view: DataView,
  at: number,
  text: string,
  { place }: Special,
  isQuoted: boolean,
): number {
  if (place === 'form') return putForm(bytes, at, text);
  // Numbers and words are ASCII without anything to escape.
  if (place === 'json' && !isQuoted) return putAscii(bytes, at, text);
  const end = putPlainText(bytes, view, at, text);
  return end === NOT_PLAIN ? at + bytes.write(pieceOf(text), at, 'utf8') : end;
}

/** Up to here a loop over the characters is faster than the engine's own copy. */
const SHORT = 24;

function putForm(bytes: Buffer, at: number, text: string): number {
  const encoded = formEncoded(text);
  return encoded.length < SHORT
    ? putAscii(bytes, at, encoded)
    : at + bytes.write(encoded, at, 'latin1');
}
