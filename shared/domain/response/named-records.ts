/**
 * Which of the records sent an identifier in an answer names: all that have a field with this value to the letter, or,
 * where none has, one whose value is this in lower case: platforms write e-mail addresses so.
 */
import type { JsonValue } from '../../contracts/json.ts';
import type { SentRecord } from './rule.ts';

interface Texts {
  readonly exact: Map<string, number[]>;
  readonly small: Map<string, number[]>;
}

function note(texts: Map<string, number[]>, text: string, index: number): void {
  const known = texts.get(text);
  if (!known) texts.set(text, [index]);
  else if (known.at(-1) !== index) known.push(index);
}

export class NamedRecords {
  readonly #records: readonly SentRecord[];
  readonly #fields: readonly string[] | undefined;
  readonly #byText = new Map<string | undefined, Texts>();
  /** The answer is about records of other requests, too: it names them by identifier, and places tell nothing. */
  readonly isPart: boolean;

  /** `fields`: those that identify a record; undefined means any field. */
  constructor(
    records: readonly SentRecord[],
    fields: readonly string[] | undefined,
    isPart = false,
  ) {
    this.#records = records;
    this.#fields = fields;
    this.isPart = isPart;
  }

  get count(): number {
    return this.#records.length;
  }

  /** In order, and empty where no record has it. `field`: the only one that is looked at, where the answer names it. */
  indicesOf(identifier: string, field?: string): readonly number[] {
    const known = this.#byText.get(field);
    const texts = known ?? this.#read(field);
    if (!known) this.#byText.set(field, texts);
    return texts.exact.get(identifier) ?? texts.small.get(identifier) ?? [];
  }

  #read(field: string | undefined): Texts {
    const texts: Texts = { exact: new Map(), small: new Map() };
    for (const [index, record] of this.#records.entries()) {
      for (const text of this.#textsOf(record, field)) {
        note(texts.exact, text, index);
        note(texts.small, text.toLowerCase(), index);
      }
    }
    return texts;
  }

  #textsOf(record: SentRecord, field: string | undefined): string[] {
    const isLookedAt = (name: string) =>
      field === undefined ? (this.#fields?.includes(name) ?? true) : name === field;
    const values = Object.entries(record)
      .filter(([name]) => isLookedAt(name))
      .flatMap(([, value]): readonly JsonValue[] => (Array.isArray(value) ? value : [value]));
    return values.flatMap((value) => textOf(value) ?? []);
  }
}

/** The text of what can identify a record: not empty, and no number that JSON rounds. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
