/**
 * Puts texts into a body's buffer. The functions take the buffer and a place in it and give the place after, so that the
 * engine can keep all of them in registers; with the place kept on an object the same took 1.6 times as long.
 */
import type { Fixed } from './fixed.ts';

export const QUOTE = 0x22;
const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
/** Up to here a loop over the characters is faster than the engine's own copy. */
const SHORT_TEXT = 16;
/** Up to here copying by words is faster than the engine's own copy. */
const SHORT_FIXED = 48;
/** Room beside fixed bytes and text: quotes, comma, a number's 25 characters, the spill of a last word. */
export const SPARE = 48;
/** In place of a place: this value needs escapes, or is neither text nor number. */
export const NOT_PLAIN = -1;

export function putFixed(bytes: Buffer, view: DataView, at: number, fixed: Fixed): number {
  const { words } = fixed;
  const count = fixed.bytes.length;
  if (count > SHORT_FIXED) bytes.set(fixed.bytes, at);
  else {
    for (let i = 0; i < words.length; i++) view.setInt32(at + i * 4, words[i] ?? 0, true);
  }
  return at + count;
}

export function putAscii(bytes: Buffer, at: number, text: string): number {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
  return at + text.length;
}

/** A text without quotes; NOT_PLAIN where it needs escapes, and what is written there is to be written over. */
export const putPlainText = (bytes: Buffer, view: DataView, at: number, text: string): number =>
  text.length > SHORT_TEXT ? putLongText(bytes, view, at, text) : putShortText(bytes, at, text);

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
