/**
 * Keeps applied changes in a file of one JSON line each, written before the request is answered, so that a killed
 * process finds them all again. A line without its line end was never answered and is dropped at the next start.
 */
import {
  closeSync,
  createReadStream,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Audiences, Change, Member } from './audience.ts';

const LINE_END = 0x0a;
const READ_BYTES = 1 << 20;
const MEMBERS_A_LINE = 1_000;

export const memberSchema = z.custom<Member>(
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'a member must be an object',
);

const at = z.number();
const audience = z.string();
const lineSchema = z.discriminatedUnion('do', [
  z.object({ do: z.literal('create'), at, audience, identity: z.string() }),
  z.object({
    do: z.enum(['upsert', 'update', 'remove']),
    at,
    audience,
    members: z.array(memberSchema),
  }),
]);

export class Journal {
  #fd: number | undefined;
  #length: number;

  private constructor(fd: number, length: number) {
    this.#fd = fd;
    this.#length = length;
  }

  /**
   * Reads what the folder holds into `audiences`, and writes it anew as short as can be.
   * @throws Error naming file and line if a complete line cannot be read.
   */
  static async open(folder: string, audiences: Audiences): Promise<Journal> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, 'journal.ndjson');
    if (existsSync(path)) await replay(path, audiences);
    const compact = `${path}.new`;
    const journal = new Journal(openSync(compact, 'w', 0o600), 0);
    for (const change of changesThatMake(audiences)) journal.write(change);
    journal.#sync();
    renameSync(compact, path);
    return journal;
  }

  /** Returns when the operating system has the line: it outlives the process, not a power cut. */
  write(change: Change): void {
    if (this.#fd === undefined) throw new Error('The journal of the sample platform is closed.');
    const line = Buffer.from(`${JSON.stringify(change)}\n`);
    try {
      for (let done = 0; done < line.length; ) done += writeSync(this.#fd, line, done);
      this.#length += line.length;
    } catch (error) {
      ftruncateSync(this.#fd, this.#length);
      throw error;
    }
  }

  close(): void {
    if (this.#fd === undefined) return;
    this.#sync();
    closeSync(this.#fd);
    this.#fd = undefined;
  }

  #sync(): void {
    if (this.#fd !== undefined) fsyncSync(this.#fd);
  }
}

async function replay(path: string, audiences: Audiences): Promise<void> {
  let number = 0;
  for await (const line of completeLines(path)) {
    number++;
    try {
      audiences.apply(lineSchema.parse(JSON.parse(line)));
    } catch {
      throw new Error(
        `Line ${number} of ${path} is damaged: remove the file to start with no audiences.`,
      );
    }
  }
}

/** Cuts at byte 0x0A alone: JSON text may hold U+2028, which line readers of Node cut at too. */
async function* completeLines(path: string): AsyncGenerator<string> {
  let pieces: Buffer[] = [];
  const stream: AsyncIterable<Buffer> = createReadStream(path, { highWaterMark: READ_BYTES });
  for await (const chunk of stream) {
    let from = 0;
    for (let end = chunk.indexOf(LINE_END); end >= 0; end = chunk.indexOf(LINE_END, from)) {
      pieces.push(chunk.subarray(from, end));
      yield Buffer.concat(pieces).toString();
      pieces = [];
      from = end + 1;
    }
    pieces.push(chunk.subarray(from));
  }
}

function* changesThatMake(audiences: Audiences): Generator<Change> {
  for (const { id, identity, changedAt, members } of audiences.list()) {
    yield { do: 'create', at: changedAt, audience: id, identity };
    let some: Member[] = [];
    for (const member of members.values()) {
      some.push(member);
      if (some.length < MEMBERS_A_LINE) continue;
      yield { do: 'upsert', at: changedAt, audience: id, members: some };
      some = [];
    }
    if (some.length > 0) yield { do: 'upsert', at: changedAt, audience: id, members: some };
  }
}
