/**
 * Takes persons out of a platform's words before they are kept. Three nets, one behind the other: every value of the
 * request's records, whatever its upper and lower case; what looks like an e-mail address, a long number or a hash,
 * because a platform may quote a value in a form of its own; and at most 200 characters are kept at all.
 */
import type { JsonValue } from '../../contracts/json.ts';
import type { SentRecord } from './rule.ts';

const MAX_KEPT = 200;
/** Values of this length or more are found within words, shorter ones only as whole words. */
const LONG = 6;
const SHORTEST = 2;
/** Characters of a value that are compared: more than are kept, so that nothing of a longer one shows. */
const MAX_COMPARED = 1_024;
/** Characters of the platform's words that are looked at. */
const MAX_READ = 2 * MAX_COMPARED;
const MARK = '[…]';

const WORD = /[\p{L}\p{N}_]/u;
const RUN = /[^\s<>"'`(),;[\]{}]+/g;
const NUMBER = /[+(]?\d[\d ().\-/\u00a0\u2009]*/g;
const OPAQUE = /[A-Za-z0-9+/=_-]+/g;
const INVISIBLE = /\p{Cf}/gu;
const SPACES = /[\s\p{Cc}\p{Z}]+/gu;

export class Redactor {
  readonly #records: readonly SentRecord[];
  readonly #known = new Map<string, string>();
  #values: Values | undefined;

  constructor(records: readonly SentRecord[]) {
    this.#records = records;
  }

  /** At most 200 characters, without a value of the records. */
  redact(text: string): string {
    const known = this.#known.get(text);
    if (known !== undefined) return known;
    const start = plain(text.slice(0, MAX_READ));
    // Where the text goes on, a value may be cut off at the end of what is read.
    const whole = text.length > MAX_READ ? Math.max(start.length - MAX_COMPARED, 0) : start.length;
    const count = Math.min(whole, MAX_KEPT);
    this.#values ??= new Values(this.#records);
    const hidden = new Uint8Array(start.length);
    this.#values.hideIn(fold(start), hidden, count);
    hideLookalikes(start, hidden);
    const redacted = visible(start, hidden, count);
    this.#known.set(text, redacted);
    return redacted;
  }
}

/** The values of the records, by their first characters. */
class Values {
  readonly #short = new Set<string>();
  readonly #long = new Set<string>();
  /** Lengths of the long values that begin with these six characters. */
  readonly #lengths = new Map<string, Set<number>>();

  constructor(records: readonly SentRecord[]) {
    const rest: JsonValue[] = [...records];
    for (let value = rest.pop(); value !== undefined; value = rest.pop()) {
      if (typeof value === 'object' && value !== null) rest.push(...Object.values(value));
      else if (typeof value === 'string' || typeof value === 'number') this.#add(String(value));
    }
  }

  #add(value: string): void {
    const text = fold(plain(value.slice(0, MAX_COMPARED).replace(/[\ud800-\udbff]$/, '')));
    if (text.length < LONG) {
      if (text.length >= SHORTEST) this.#short.add(text);
      return;
    }
    this.#long.add(text);
    const start = text.slice(0, LONG);
    const lengths = this.#lengths.get(start);
    if (lengths) lengths.add(text.length);
    else this.#lengths.set(start, new Set([text.length]));
  }

  /** Hides those that begin within the first `count` characters. */
  hideIn(text: string, hidden: Uint8Array, count: number): void {
    for (let at = 0; at < count; at++) {
      for (const length of this.#lengths.get(text.slice(at, at + LONG)) ?? []) {
        if (this.#long.has(text.slice(at, at + length))) hidden.fill(1, at, at + length);
      }
      if (!isWord(text, at - 1)) this.#hideShort(text, at, hidden);
    }
  }

  #hideShort(text: string, at: number, hidden: Uint8Array): void {
    for (let length = SHORTEST; length < LONG; length++) {
      const end = at + length;
      const isWhole = !isWord(text, end) && this.#short.has(text.slice(at, end));
      if (isWhole) hidden.fill(1, at, end);
    }
  }
}

/** Readable, and in one form on both sides: before anything is compared, so that nothing shows up after it. */
const plain = (text: string): string =>
  text.toWellFormed().replace(INVISIBLE, '').replace(SPACES, ' ').trim();

const isWord = (text: string, at: number): boolean => WORD.test(text.charAt(at));

/** Lower case of the same length, so that places stay the same, and whatever stands beside a letter. */
function fold(text: string): string {
  const lower = text.toLowerCase();
  const same = lower.length === text.length ? lower : Array.from(text, foldLetter).join('');
  return same.replaceAll('ς', 'σ');
}

function foldLetter(letter: string): string {
  const lower = letter.toLowerCase();
  return lower.length === letter.length ? lower : letter;
}

function hideLookalikes(text: string, hidden: Uint8Array): void {
  const hide = (pattern: RegExp, isPersonal: (piece: string) => boolean): void => {
    for (const { 0: piece, index } of text.matchAll(pattern)) {
      if (isPersonal(piece)) hidden.fill(1, index, index + piece.length);
    }
  };
  hide(RUN, (run) => run.includes('@') || /%40/.test(run));
  hide(NUMBER, (number) => number.replace(/\D/g, '').length >= 7);
  hide(OPAQUE, (run) => run.length >= 32 && /\d/.test(run));
}

/** What is not hidden of the first `count` characters, each hidden stretch as one mark; at most 200 again. */
function visible(text: string, hidden: Uint8Array, count: number): string {
  let kept = '';
  for (let at = 0; at < count; at++) {
    if (hidden[at] !== 1) kept += text.charAt(at);
    else if (at === 0 || hidden[at - 1] !== 1) kept += MARK;
  }
  return kept.slice(0, MAX_KEPT).toWellFormed().trim();
}
