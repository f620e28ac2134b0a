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

/** The texts of the value under way; nothing here gives way, so there is one at a time. */
const texts: string[] = [];

/** `read`: a field's value in `source`; undefined where it has none. */
export function writeSpecial<Source>(
  output: Output,
  operation: Operation,
  special: Special,
  read: (source: Source, field: FieldName) => JsonValue | undefined,
  source: Source,
): void {
  const taken = take(special, read, source);
  const fixed = taken === ABSENT ? operation.lead : operation.bytes;
  output.reserve(fixed.bytes.length + roomOf(special) + SPARE);
  const { bytes, view } = output;
  let at = output.length;
  if (operation.trims && bytes[at - 1] === COMMA) at--;
  at = putFixed(bytes, view, at, fixed);
  if (taken !== ABSENT) {
    const isQuoted = taken === QUOTED && special.place === 'json';
    if (isQuoted) bytes[at++] = QUOTE;
    at = putParts(bytes, view, at, special, taken === BARE);
    if (isQuoted) bytes[at++] = QUOTE;
    at = putFixed(bytes, view, at, special.tail);
    if (operation.kind === 'member') bytes[at++] = COMMA;
  }
  output.length = at;
}

const ABSENT = 0;
const BARE = 1;
const QUOTED = 2;

/** Of a joined text: without a value where one of its fields has none. */
function take<Source>(
  { parts, isJoined }: Special,
  read: (source: Source, field: FieldName) => JsonValue | undefined,
  source: Source,
): typeof ABSENT | typeof BARE | typeof QUOTED {
  let isQuoted = isJoined;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part === undefined || part.kind === 'reference') return ABSENT;
    if (part.kind === 'text') continue;
    const value = read(source, part.field);
    if (value === undefined) return ABSENT;
    const { as } = part;
    if (as === undefined && typeof value === 'string') {
      texts[index] = value;
      isQuoted = true;
      continue;
    }
    texts[index] = as === undefined ? textOf(value) : castText(as, value);
    isQuoted ||= as !== undefined && isText(as);
  }
  return isQuoted ? QUOTED : BARE;
}

function roomOf({ parts, tail }: Special): number {
  let room = tail.bytes.length;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    room +=
      part?.kind === 'text' ? part.written.bytes.length : (texts[index]?.length ?? 0) * MOST_BYTES;
  }
  return room;
}

function putParts(
  bytes: Buffer,
  view: DataView,
  from: number,
  { parts, place }: Special,
  isBare: boolean,
): number {
  let at = from;
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index];
    if (part?.kind === 'text') {
      at = putFixed(bytes, view, at, part.written);
      continue;
    }
    const text = texts[index] ?? '';
    if (place === 'form') at = putForm(bytes, at, text);
    else if (isBare && place === 'json') at = putBare(bytes, at, text);
    else at = putPiece(bytes, view, at, text);
  }
  return at;
}

/** Numbers and words are ASCII; a list and an object may be anything. */
const putBare = (bytes: Buffer, at: number, text: string): number =>
  text.length < SHORT ? putAscii(bytes, at, text) : at + bytes.write(text, at, 'utf8');

/** Up to here a loop over the characters is faster than the engine's own copy. */
const SHORT = 24;

function putPiece(bytes: Buffer, view: DataView, at: number, text: string): number {
  const end = putPlainText(bytes, view, at, text);
  return end === NOT_PLAIN ? at + bytes.write(pieceOf(text), at, 'utf8') : end;
}

function putForm(bytes: Buffer, at: number, text: string): number {
  const encoded = formEncoded(text);
  return encoded.length < SHORT
    ? putAscii(bytes, at, encoded)
    : at + bytes.write(encoded, at, 'latin1');
}
