/** Reads and checks what a sender puts into a request. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { z } from 'zod';
import { type Member, Refused } from './audience.ts';
import { memberSchema } from './journal.ts';

/** Bytes of a body, as sent and when unpacked. */
const BODY_LIMIT = 64 * 1024 * 1024;
/** Members in one request. */
const BATCH_LIMIT = 5_000;

const unzip = promisify(gunzip);
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const batchSchema = z.object({ members: z.array(memberSchema) });

/** @throws Refused 413 for a body above the limit, 400 for one that breaks off or is not the gzip it says it is. */
export async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const bytes = await collect(incoming);
  if (incoming.headers['content-encoding'] !== 'gzip') return bytes;
  try {
    return await unzip(bytes, { maxOutputLength: BODY_LIMIT });
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge();
    throw new Refused(400, 'the body is not valid gzip');
  }
}

/** The rest of a body above the limit is read and forgotten, so that its sender can read the answer. */
async function collect(incoming: IncomingMessage): Promise<Buffer> {
  let pieces: Buffer[] = [];
  let size = 0;
  try {
    const stream: AsyncIterable<Buffer> = incoming;
    for await (const piece of stream) {
      size += piece.length;
      if (size > BODY_LIMIT) pieces = [];
      else pieces.push(piece);
    }
  } catch {
    throw new Refused(400, 'the body broke off');
  }
  if (size > BODY_LIMIT) throw tooLarge();
  return Buffer.concat(pieces);
}

function tooLarge(): Refused {
  return new Refused(413, `the body is above ${BODY_LIMIT} bytes: send fewer members`);
}

/** @throws Refused 400 naming the place, or 413 for more than 5,000 members. */
export function parseMembers(body: Buffer): Member[] {
  const { members } = parseJson(body, batchSchema);
  if (members.length > BATCH_LIMIT) {
    throw new Refused(413, `${members.length} members in one request: send at most ${BATCH_LIMIT}`);
  }
  return members;
}

/** @throws Refused 400 naming the first field that is wrong. */
export function parseJson<T>(body: Buffer, schema: z.ZodType<T>): T {
  const result = schema.safeParse(jsonOf(body));
  if (result.success) return result.data;
  throw new Refused(400, describe(result.error.issues));
}

function jsonOf(body: Buffer): unknown {
  try {
    return JSON.parse(strictUtf8.decode(body));
  } catch {
    throw new Refused(400, 'the body is not JSON in UTF-8');
  }
}

function describe(issues: readonly z.core.$ZodIssue[]): string {
  const [first] = issues;
  if (first === undefined) return 'the body is not valid';
  const { path, message } = deepest(first);
  const field = path.reduce<string>(
    (text, part) =>
      text + (typeof part === 'number' ? `[${part}]` : `${text && '.'}${String(part)}`),
    '',
  );
  return `${field || 'the body'}: ${message}`;
}

/** Of a value that fits none of several forms, the complaint of the form it came nearest to. */
function deepest(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string } {
  if (issue.code !== 'invalid_union') return issue;
  const inner = issue.errors
    .flatMap((issues) => issues.slice(0, 1))
    .map(deepest)
    .filter(({ path }) => path.length > 0)
    .at(0);
  return inner === undefined ? issue : { ...inner, path: [...issue.path, ...inner.path] };
}
