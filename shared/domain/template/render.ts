/**
 * Writes a batch's body. A renderer holds nothing of a batch but a guess at the next body's size, and a render runs to
 * its end without giving way: any number of them may be under way, each in a buffer of its own.
 */
import { type Fault, recordCheck } from './check.ts';
import { type ConnectionBytes, connectionBytes } from './connection.ts';
import { valueOf } from './fields.ts';
import { numberText } from './number.ts';
import { type Operation, programOf } from './operations.ts';
import type {
  Connection,
  InvalidRecord,
  JsonValue,
  Rendered,
  RenderRecord,
  Template,
} from './template.ts';
import { JsonWriter, raw } from './write.ts';

export interface Renderer {
  /**
   * The body for these records, in their order. A record that cannot be sent is left out and named in `invalid`; the
   * rest goes.
   *
   * @throws ConfigurationError if a connection value does not fit the template, or the body grows above 256 MB
   */
  render(records: readonly RenderRecord[], connection: Connection): Rendered;
}

export function compileTemplate(template: Template): Renderer {
  const { operations, slots } = programOf(template.body);
  const check = recordCheck(template);
  let bytesPerRecord = 256;
  return {
    render(records, connection) {
      const writer = new JsonWriter(Math.ceil(records.length * bytesPerRecord * 1.1) + 256);
      const run = new Run(writer, connectionBytes(slots, connection), new Batch(records, check));
      run.all(operations, NO_RECORD);
      const { sent, invalid } = run.batch;
      if (sent === 0) return { body: new Uint8Array(0), sent, invalid };
      bytesPerRecord = writer.length / sent;
      return { body: writer.finish(), sent, invalid };
    },
  };
}

/** Stands where there is no record; no operation there reads a field. */
const NO_RECORD: RenderRecord = {};
const NULL = raw('null');

/** A batch's records, checked as the first list of the body comes to them; every later list takes those that passed. */
class Batch {
  readonly invalid: InvalidRecord[] = [];
  readonly #records: readonly RenderRecord[];
  readonly #check: (record: RenderRecord) => Fault | undefined;
  #valid: RenderRecord[] | undefined;

  constructor(
    records: readonly RenderRecord[],
    check: (record: RenderRecord) => Fault | undefined,
  ) {
    this.#records = records;
    this.#check = check;
  }

  get sent(): number {
    return this.#valid?.length ?? 0;
  }

  forEach(visit: (record: RenderRecord) => void): void {
    if (this.#valid !== undefined) {
      for (const record of this.#valid) visit(record);
      return;
    }
    const valid: RenderRecord[] = [];
    for (let index = 0; index < this.#records.length; index++) {
      const record = this.#records[index] ?? NO_RECORD;
      const fault = this.#check(record);
      if (fault === undefined) {
        valid.push(record);
        visit(record);
      } else this.invalid.push({ index, ...fault });
    }
    this.#valid = valid;
  }
}

class Run {
  readonly batch: Batch;
  readonly #writer: JsonWriter;
  readonly #connection: ConnectionBytes;

  constructor(writer: JsonWriter, connection: ConnectionBytes, batch: Batch) {
    this.batch = batch;
    this.#writer = writer;
    this.#connection = connection;
  }

  all(operations: readonly Operation[], record: RenderRecord): void {
    for (const operation of operations) {
      if (operation.trims) this.#writer.dropComma();
      this.#one(operation, record);
    }
  }

  #one(operation: Operation, record: RenderRecord): void {
    switch (operation.kind) {
      case 'member':
        this.#member(operation, valueOf(record, operation.field));
        return;
      case 'item':
        this.#item(operation, valueOf(record, operation.field));
        return;
      case 'text':
        this.#writer.raw(operation.bytes);
        return;
      case 'connectionMember':
        this.#connectionMember(operation);
        return;
      case 'connectionItem':
        this.#writer.raw(operation.bytes);
        this.#writer.raw(this.#connection[operation.slot] ?? NULL);
        return;
      case 'each':
        this.#writer.raw(operation.bytes);
        this.batch.forEach((each) => this.all(operation.operations, each));
        return;
      case 'records':
        this.#writer.raw(operation.bytes);
        this.batch.forEach((each) => this.#whole(each));
    }
  }

  #member(operation: Operation, value: JsonValue | undefined): void {
    if (value === undefined) {
      this.#writer.raw(operation.lead);
      return;
    }
    this.#writer.raw(operation.bytes);
    this.#value(value, operation.asNumber);
    this.#writer.comma();
  }

  #item(operation: Operation, value: JsonValue | undefined): void {
    this.#writer.raw(operation.bytes);
    if (value === undefined) this.#writer.raw(NULL);
    else this.#value(value, operation.asNumber);
  }

  #value(value: JsonValue, asNumber: boolean): void {
    if (asNumber) this.#writer.digits(numberText(value));
    else this.#writer.value(value);
  }

  #connectionMember(operation: Operation): void {
    const value = this.#connection[operation.slot];
    if (value === undefined) {
      this.#writer.raw(operation.lead);
      return;
    }
    this.#writer.raw(operation.bytes);
    this.#writer.raw(value);
    this.#writer.comma();
  }

  #whole(record: RenderRecord): void {
    const values = Object.entries(record);
    const present = values.filter(([, value]) => value !== undefined && value !== null);
    this.#writer.json(
      JSON.stringify(present.length === values.length ? record : Object.fromEntries(present)),
    );
    this.#writer.comma();
  }
}
