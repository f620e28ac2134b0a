/** Writes a batch's body from the texts of its records: the very bytes that `render` gives for the records themselves. */
import { type RecordFault, recordCheck } from './check.ts';
import { bindConnection } from './connection.ts';
import { numberFault } from './number.ts';
import { type Operation, programOf } from './operations.ts';
import { BodyMemory, Output } from './output.ts';
import { RecordText } from './record-text.ts';
import type { ConnectionTree, InvalidRecord, Rendered, Template } from './template.ts';
import { writeText } from './write-text.ts';

/** A field of the template, and the name its value stands under in a record's text. */
export interface SentField {
  readonly field: string;
  readonly slot: string;
}

export interface TextRenderer {
  /**
   * As `Renderer.render`; each text is a record as the record pipeline writes it.
   *
   * @throws ConfigurationError as `Renderer.render` does
   * @throws InvariantError if a text is damaged
   */
  render(records: readonly string[], connection: ConnectionTree, memory?: BodyMemory): Rendered;
}

/** For templates that send no whole records. A field without a source has no value. */
export function compileForTexts(template: Template, sources: readonly SentField[]): TextRenderer {
  const program = programOf(template.body);
  const wanted = sources
    .filter(({ field }) => template.fields.includes(field))
    .sort((a, b) => (a.slot < b.slot ? -1 : 1));
  const text = new RecordText(wanted.map(({ slot }) => slot));
  const placeOf = new Map(wanted.map(({ field }, place) => [field, place]));
  const places = program.operations.map((list) => placesOf(list.operations, placeOf));
  const check = checkOf(template, text, placeOf);
  let bytesPerRecord = 256;
  return {
    render(records, connection, memory = new BodyMemory()) {
      const output = new Output(Math.ceil(records.length * bytesPerRecord * 1.1) + 256, memory);
      const batch = new TextBatch(records, text, check);
      for (const [index, operation] of bindConnection(program, connection).entries()) {
        writeText(output, [{ ...operation, kind: 'text' }], noPlaces, text);
        if (operation.kind !== 'each') continue;
        const own = places[index] ?? noPlaces;
        batch.each(() => writeText(output, operation.operations, own, text));
      }
      const { sent, invalid } = batch;
      if (sent === 0) return { body: new Uint8Array(0), sent, invalid };
      bytesPerRecord = output.length / sent;
      return { body: output.finish(), sent, invalid };
    },
  };
}

const noPlaces = new Int32Array(0);

function placesOf(
  operations: readonly Operation[],
  placeOf: ReadonlyMap<string, number>,
): Int32Array {
  return Int32Array.from(operations, ({ kind, field }) =>
    isOfField(kind) ? (placeOf.get(field.name) ?? -1) : -1,
  );
}

const isOfField = (kind: Operation['kind']): boolean =>
  kind === 'member' || kind === 'item' || kind === 'guard';

type Check = () => RecordFault | undefined;

/** Tells why the record read last cannot be sent. Most can, which is told without making it an object. */
function checkOf(
  template: Template,
  text: RecordText,
  placeOf: ReadonlyMap<string, number>,
): Check {
  const check = recordCheck(template);
  const numbers = template.numberFields.flatMap((field) => placeOf.get(field) ?? []);
  const isGood = () => text.hasAny() && numbers.every((place) => isNumber(text.value(place)));
  return () => {
    if (isGood()) return undefined;
    const values = [...placeOf].map(([field, place]) => [field, text.value(place) ?? null]);
    return check(Object.fromEntries(values));
  };
}

const isNumber = (value: ReturnType<RecordText['value']>): boolean =>
  value === undefined || numberFault(value) === undefined;

/** As the batch of `render`: the first list checks the records, every later one takes those that passed. */
class TextBatch {
  readonly invalid: InvalidRecord[] = [];
  readonly #records: readonly string[];
  readonly #text: RecordText;
  readonly #check: Check;
  #valid: readonly string[] | undefined;

  constructor(records: readonly string[], text: RecordText, check: Check) {
    this.#records = records;
    this.#text = text;
    this.#check = check;
  }

  get sent(): number {
    return this.#valid?.length ?? 0;
  }

  /** `write` finds the record in the text that was read. */
  each(write: () => void): void {
    if (this.#valid === undefined) {
      this.#valid = this.#records.filter((record, index) => this.#passes(record, index, write));
      return;
    }
    for (const record of this.#valid) {
      this.#text.read(record);
      write();
    }
  }

  #passes(record: string, index: number, write: () => void): boolean {
    this.#text.read(record);
    const fault = this.#check();
    if (fault) this.invalid.push({ index, ...fault });
    else write();
    return fault === undefined;
  }
}
