/** Writes a batch's body from the texts of its records: the very bytes that `render` gives for the records themselves. */
import type { FieldCast } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import { castFault } from './cast.ts';
import { type RecordFault, recordCheck } from './check.ts';
import { bindConnection } from './connection.ts';
import type { FieldName } from './fields.ts';
import type { Operation } from './operation.ts';
import { programOf } from './operations.ts';
import { BodyMemory, outputFor } from './output.ts';
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
  const program = programOf(template);
  const wanted = sources
    .filter(({ field }) => template.fields.includes(field))
    .sort((a, b) => (a.slot < b.slot ? -1 : 1));
  const text = new RecordText(wanted.map(({ slot }) => slot));
  const placeOf = new Map(wanted.map(({ field }, place) => [field, place]));
  const places = program.operations.map((list) => placesOf(list.operations, placeOf));
  const read = (record: RecordText, { name }: FieldName) => record.value(placeOf.get(name) ?? -1);
  const checks = checksOf(template, text, placeOf);
  let bytesPerRecord = 256;
  return {
    render(records, connection, memory = new BodyMemory()) {
      const output = outputFor(records.length, bytesPerRecord, memory);
      const batch = new TextBatch(records, text, checks());
      for (const [index, operation] of bindConnection(program, connection).entries()) {
        writeText(output, [{ ...operation, kind: 'text' }], noPlaces, text, read);
        if (operation.kind !== 'each') continue;
        const own = places[index] ?? noPlaces;
        const from = output.length;
        batch.each(() => writeText(output, operation.operations, own, text, read));
        output.close(operation, from);
      }
      batch.close();
      const { sent, invalid } = batch;
      if (sent === 0) return { body: new Uint8Array(0), sent, invalid };
      bytesPerRecord = output.length / sent;
      return { body: output.finish(program.ending), sent, invalid };
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
function checksOf(
  template: Template,
  text: RecordText,
  placeOf: ReadonlyMap<string, number>,
): () => Check {
  const checks = recordCheck(template);
  const casts = template.casts.flatMap(({ field, as }) => {
    const place = placeOf.get(field);
    return place === undefined ? [] : [{ place, as }];
  });
  const isPlain = template.oneValue.length === 0 && template.keys.length === 0;
  const fits = (as: FieldCast, value: JsonValue | undefined) =>
    value === undefined || castFault(as, value) === undefined;
  const isGood = () =>
    isPlain &&
    (template.isCarried || text.hasAny()) &&
    casts.every(({ place, as }) => fits(as, text.value(place)));
  return () => {
    const check = checks();
    return () => {
      if (isGood()) return undefined;
      const values = [...placeOf].map(([field, place]) => [field, text.value(place) ?? null]);
      return check(Object.fromEntries(values));
    };
  };
}

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

  /** Of a body that does not go through the records: they stand elsewhere in the request. */
  close(): void {
    if (this.#valid === undefined) this.each(() => {});
  }

  #passes(record: string, index: number, write: () => void): boolean {
    this.#text.read(record);
    const fault = this.#check();
    if (fault) this.invalid.push({ index, ...fault });
    else write();
    return fault === undefined;
  }
}
