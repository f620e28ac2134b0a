/**
 * Writes a batch's body. A renderer keeps nothing of a batch but a guess at the next body's size, and a render runs to
 * its end without giving way: any number of them may be under way, each in memory of its own.
 */
import { type RecordCheck, recordCheck } from './check.ts';
import { bindConnection } from './connection.ts';
import type { Operation, Program } from './operation.ts';
import { programOf } from './operations.ts';
import { BodyMemory, type Output, outputFor } from './output.ts';
import type {
  ConnectionTree,
  InvalidRecord,
  Rendered,
  RenderRecord,
  Template,
} from './template.ts';
import { writeRecord } from './write.ts';

export interface Renderer {
  /**
   * The body for these records, in their order. A record that cannot be sent is left out and named in `invalid`; the
   * rest goes. Without `memory` the body has its own.
   *
   * @throws ConfigurationError if a connection value does not fit the template, or the body grows above 64 MB
   */
  render(
    records: readonly RenderRecord[],
    connection: ConnectionTree,
    memory?: BodyMemory,
  ): Rendered;
}

export function compileTemplate(template: Template): Renderer {
  const program = programOf(template);
  const checks = recordCheck(template);
  let bytesPerRecord = 256;
  return {
    render(records, connection, memory = new BodyMemory()) {
      const output = outputFor(records.length, bytesPerRecord, memory);
      const batch = new Batch(records, checks());
      writeBody(output, program, bindConnection(program, connection), batch);
      batch.close();
      const { sent, invalid } = batch;
      if (sent === 0) return { body: new Uint8Array(0), sent, invalid };
      bytesPerRecord = output.length / sent;
      return { body: output.finish(program.ending), sent, invalid };
    },
  };
}

/** Stands where there is no record; no operation there reads a field. */
const NO_RECORD: RenderRecord = {};

function writeBody(
  output: Output,
  { separator }: Program,
  operations: readonly Operation[],
  batch: Batch,
): void {
  for (const operation of operations) {
    writeRecord(output, [{ ...operation, kind: 'text' }], NO_RECORD);
    if (operation.kind === 'each') {
      const from = output.length;
      batch.each((record) => writeRecord(output, operation.operations, record));
      output.close(operation, from);
    } else if (operation.kind === 'records') {
      batch.each((record) => output.json(`${wholeRecord(record)}${separator}`));
    }
  }
}

function wholeRecord(record: RenderRecord): string {
  const values = Object.entries(record);
  const present = values.filter(([, value]) => value !== undefined && value !== null);
  return JSON.stringify(present.length === values.length ? record : Object.fromEntries(present));
}

/** A batch's records, checked as the first list of the body comes to them; every later list takes those that passed. */
class Batch {
  readonly invalid: InvalidRecord[] = [];
  readonly #records: readonly RenderRecord[];
  readonly #check: RecordCheck;
  #valid: RenderRecord[] | undefined;

  constructor(records: readonly RenderRecord[], check: RecordCheck) {
    this.#records = records;
    this.#check = check;
  }

  get sent(): number {
    return this.#valid?.length ?? 0;
  }

  each(visit: (record: RenderRecord) => void): void {
    if (this.#valid === undefined) this.#valid = this.#checkEach(visit);
    else for (const record of this.#valid) visit(record);
  }

  /** Of a body that does not go through the records: they stand elsewhere in the request. */
  close(): void {
    if (this.#valid === undefined) this.each(() => {});
  }

  #checkEach(visit: (record: RenderRecord) => void): RenderRecord[] {
    const valid: RenderRecord[] = [];
    for (let index = 0; index < this.#records.length; index++) {
      const record = this.#records[index] ?? NO_RECORD;
      const fault = this.#check(record);
      if (fault === undefined) {
        valid.push(record);
        visit(record);
      } else this.invalid.push({ index, ...fault });
    }
    return valid;
  }
}
