/** Which of the records sent an identifier in an answer names: all that have a field with this value. */
import type { JsonValue } from '../../contracts/json.ts';
import type { SentRecord } from './rule.ts';

export class NamedRecords {
  readonly #records: readonly SentRecord[];
  readonly #fields: readonly string[] | undefined;
  #byText: Map<string, number[]> | undefined;

  /** `fields`: those that identify a record; undefined means any field. */
  constructor(records: readonly SentRecord[], fields: readonly string[] | undefined) {
    this.#records = records;
    this.#fields = fields;
  }

  get count(): number {
    return this.#records.length;
  }

  /** Compared as text, to the letter; in order, and empty where no record has it. */
  indicesOf(identifier: string): readonly number[] {
    this.#byText ??= this.#read();
    return this.#byText.get(identifier) ?? [];
  }

  #read(): Map<string, number[]> {
    const byText = new Map<string, number[]>();
    for (const [index, record] of this.#records.entries()) {
      for (const text of this.#textsOf(record)) {
        const known = byText.get(text);
        if (!known) byText.set(text, [index]);
        else if (known.at(-1) !== index) known.push(index);
      }
    }
    return byText;
  }

  #textsOf(record: SentRecord): string[] {
    const values = Object.entries(record)
      .filter(([name]) => this.#fields?.includes(name) ?? true)
      .flatMap(([, value]): readonly JsonValue[] => (Array.isArray(value) ? value : [value]));
    return values.flatMap((value) => textOf(value) ?? []);
  }
}

/** The text of what can identify a record: not empty, and no number that JSON rounds. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  return Number.isSafeInteger(value) ? String(value) : undefined;
}
