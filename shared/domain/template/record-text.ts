/**
 * Finds the values of a record in its JSON text without making objects of them: most go into a body as they stand.
 * The text is canonical JSON of ours, so a value that is no list or object is already what JSON.stringify gives.
 */
import type { JsonValue } from '../../contracts/json.ts';
import { InvariantError } from '../words/errors.ts';
import { type Fixed, fixed } from './fixed.ts';
import { UNIT_BYTES } from './output.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
/** The `n` of null, which is as good as no value. */
const NULL = 0x6e;

/** Words are read beyond the end of a text, and of a name. */
const SPARE = 8;
const ABSENT = -1;

interface Name extends Fixed {
  /** The bytes of its last word that belong to it. */
  readonly mask: number;
}

export class RecordText {
  bytes: Buffer = Buffer.allocUnsafeSlow(1_024);
  view: DataView = new DataView(this.bytes.buffer);
  /** Where each value begins, by the places of their names; ABSENT, below 0, where there is none. */
  readonly starts: Int32Array;
  readonly ends: Int32Array;
  readonly #names: readonly Name[];
  #text = '';
  #length = 0;
  /** ASCII without escapes: places in the text are places in its bytes, and every quote is an end. */
  #isPlain = false;

  /** `names`: of the values wanted; fastest in the order of the text. */
  constructor(names: readonly string[]) {
    this.#names = names.map(nameOf);
    this.starts = new Int32Array(names.length).fill(ABSENT);
    this.ends = new Int32Array(names.length);
  }

  /** Takes the place of the record read before. @throws InvariantError where the text is no JSON object of ours */
  read(text: string): void {
    this.#copy(text);
    const { bytes, starts } = this;
    for (let place = 0; place < starts.length; place++) starts[place] = ABSENT;
    if (this.#length === 2 && bytes[1] === CLOSE_OBJECT) return;
    let at = 1;
    let expected = 0;
    for (;;) {
      const place = this.#placeOf(at, expected);
      const from = place === ABSENT ? this.#afterName(at) : at + this.#lengthOf(place);
      const end = this.#afterValue(from);
      if (place !== ABSENT && bytes[from] !== NULL) {
        this.starts[place] = from;
        this.ends[place] = end;
      }
      if (place !== ABSENT) expected = place + 1;
      if (end === this.#length - 1 && bytes[end] === CLOSE_OBJECT) return;
      if (bytes[end] !== COMMA || end >= this.#length) throw damaged();
      at = end + 1;
    }
  }

  has(place: number): boolean {
    return (this.starts[place] ?? ABSENT) >= 0;
  }

  hasAny(): boolean {
    for (let place = 0; place < this.starts.length; place++) if (this.has(place)) return true;
    return false;
  }

  /** Whether the value is a list or an object. */
  isNested(place: number): boolean {
    const first = this.bytes[this.starts[place] ?? 0];
    return first === OPEN_LIST || first === OPEN_OBJECT;
  }

  /** Undefined where there is none. */
  value(place: number): JsonValue | undefined {
    if (!this.has(place)) return undefined;
    const [start = 0, end = 0] = [this.starts[place], this.ends[place]];
    if (this.#isPlain && this.bytes[start] === QUOTE) {
      return this.#text.slice(start + 1, end - 1);
    }
    return JSON.parse(this.bytes.toString('utf8', this.starts[place], this.ends[place]));
  }

  #copy(text: string): void {
    const room = text.length * UNIT_BYTES + SPARE;
    if (room > this.bytes.length) {
      this.bytes = Buffer.allocUnsafeSlow(room * 2);
      this.view = new DataView(this.bytes.buffer);
    }
    this.#length = this.bytes.write(text, 0, 'utf8');
    if (this.#length < 2 || this.bytes[0] !== OPEN_OBJECT) throw damaged();
    this.#text = text;
    this.#isPlain = this.#length === text.length && !text.includes('\\');
  }

  #lengthOf(place: number): number {
    return this.#names[place]?.bytes.length ?? 0;
  }

  /** Of the name at this place of the text: most often the one that follows the last. */
  #placeOf(at: number, expected: number): number {
    const count = this.#names.length;
    for (let place = expected; place < count; place++) if (this.#isName(at, place)) return place;
    for (let place = 0; place < expected; place++) if (this.#isName(at, place)) return place;
    return ABSENT;
  }

  #isName(at: number, place: number): boolean {
    const name = this.#names[place];
    if (name === undefined || at + name.bytes.length >= this.#length) return false;
    const { words, mask } = name;
    const last = words.length - 1;
    for (let i = 0; i < last; i++) {
      if (this.view.getInt32(at + i * 4, true) !== words[i]) return false;
    }
    return (this.view.getInt32(at + last * 4, true) & mask) === words[last];
  }

  #afterName(at: number): number {
    if (this.bytes[at] !== QUOTE) throw damaged();
    const end = this.#afterText(at);
    if (this.bytes[end] !== COLON) throw damaged();
    return end + 1;
  }

  #afterValue(at: number): number {
    const first = this.bytes[at];
    if (first === QUOTE) return this.#afterText(at);
    if (first === OPEN_LIST || first === OPEN_OBJECT) return this.#afterNested(at);
    let end = at;
    for (let byte = first; byte !== COMMA && byte !== CLOSE_OBJECT; byte = this.bytes[++end]) {
      if (end >= this.#length) throw damaged();
    }
    return end;
  }

  /** `at`: of the first quote. */
  #afterText(at: number): number {
    if (this.#isPlain) {
      const end = this.#text.indexOf('"', at + 1);
      if (end < 0) throw damaged();
      return end + 1;
    }
    const { bytes } = this;
    for (let i = at + 1; i < this.#length; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) return i + 1;
      if (byte === BACKSLASH) i++;
    }
    throw damaged();
  }

  #afterNested(at: number): number {
    const { bytes } = this;
    let depth = 0;
    for (let i = at; i < this.#length; ) {
      const byte = bytes[i];
      if (byte === QUOTE) {
        i = this.#afterText(i);
        continue;
      }
      if (byte === OPEN_LIST || byte === OPEN_OBJECT) depth++;
      else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
      i++;
      if (depth === 0) return i;
    }
    throw damaged();
  }
}

function nameOf(name: string): Name {
  const written = fixed(`${JSON.stringify(name)}:`);
  const left = written.bytes.length % 4;
  return { ...written, mask: left === 0 ? -1 : (1 << (left * 8)) - 1 };
}

const damaged = () =>
  new InvariantError(
    'The text of a record is not JSON as it was written: the object it lies in was damaged. Run the sync again.',
  );
