/**
 * What is stored, both ways. Nothing is written that the schema which reads it would not take, and everything bears the
 * number of its format. What can't be read is told by its name and the places that are wrong, never by what stands there.
 */
import { hash } from 'node:crypto';
import { z } from 'zod';
import { inexactIn } from './contracts/json.ts';
import { InvariantError, StoredError } from './domain/words/errors.ts';

/** Of all items, objects, messages and configurations that this release writes; it reads none of a later one. */
export const storedFormat = 1;

interface Parser<T> {
  parse(value: unknown): T;
}

/** What is wrong with a value for whoever reads it: undefined where nothing is. */
function wrongWith(schema: Parser<unknown>, value: unknown): string | undefined {
  const inexact = inexactIn(value);
  if (inexact) return `${placeOf(inexact.path)} (${inexact.what})`;
  try {
    schema.parse(value);
    return undefined;
  } catch (error) {
    return error instanceof z.ZodError ? placesIn(error) : 'its form';
  }
}

const mostPlaces = 5;

const placesIn = ({ issues }: z.ZodError): string =>
  [...new Set(issues.map(({ path, code }) => `${placeOf(path)} (${code})`))]
    .slice(0, mostPlaces)
    .join(', ');

const placeOf = (path: readonly PropertyKey[]): string =>
  path.length === 0 ? 'the whole' : path.map(String).join('.');

/**
 * The value as it will be read.
 * @throws InvariantError where it could not be: then nothing may be written
 */
export function asStored(schema: Parser<unknown>, value: unknown, name: string): unknown {
  const text = JSON.stringify(value);
  const read: unknown = text === undefined ? undefined : JSON.parse(text);
  const wrong = wrongWith(schema, read);
  if (wrong === undefined) return read;
  throw new InvariantError(
    `What was to be stored as "${name}" could not be read again, so nothing was stored. Wrong: ${wrong}.`,
  );
}

/** @throws StoredError `format-newer`, `stored-unreadable` */
export function readStored<T>(schema: Parser<T>, stored: unknown, name: string): T {
  const numbered = Numbered.safeParse(stored);
  if (!numbered.success) throw unreadable(name, 'it has no format number');
  const { format, ...value } = numbered.data;
  if (format > storedFormat) throw newer(name, format, storedFormat);
  return parsed(schema, value, name);
}

const newer = (what: string, format: number, newest: number): StoredError =>
  new StoredError(
    'format-newer',
    `What is stored as "${what}" has the format ${format}, and this release reads none after ${newest}: a later release wrote it. Nothing of it was changed. Deploy that release again.`,
  );

const Numbered = z.looseObject({ format: z.number().int().positive() });

function parsed<T>(schema: Parser<T>, value: unknown, name: string): T {
  try {
    return schema.parse(value);
  } catch (error) {
    if (error instanceof StoredError) throw error;
    throw (
      newerWithin(value, error, name) ??
      unreadable(name, error instanceof z.ZodError ? placesIn(error) : 'its form', error)
    );
  }
}

/** Of a part with a number of its own, such as a mirror: where that is later than the one that is read here. */
function newerWithin(value: unknown, error: unknown, name: string): StoredError | undefined {
  for (const issue of error instanceof z.ZodError ? error.issues : []) {
    const [newest] = issue.code === 'invalid_value' ? issue.values : [];
    if (issue.path.at(-1) !== 'format' || typeof newest !== 'number') continue;
    const found = issue.path.reduce(
      (part: unknown, step) => (part instanceof Object ? Reflect.get(part, step) : undefined),
      value,
    );
    const what = `${name}, ${placeOf(issue.path.slice(0, -1))}`;
    if (typeof found === 'number' && found > newest) return newer(what, found, newest);
  }
  return undefined;
}

/** `what`: what is wrong with it; no value. */
export const unreadable = (name: string, what: string, cause?: unknown): StoredError =>
  new StoredError(
    'stored-unreadable',
    `What is stored as "${name}" can't be read, and is left as it is. Wrong: ${what}. Bring it back from a backup; the runbook says what else there is to do.`,
    { cause },
  );

/** Also what people write by hand, without a number. @throws StoredError `format-newer`, `stored-unreadable` */
export const readMessage = <T>(schema: Parser<T>, message: unknown, name: string): T =>
  readStored(
    schema,
    typeof message === 'object' ? { format: storedFormat, ...message } : message,
    name,
  );

export const messageText = (message: object): string =>
  JSON.stringify({ format: storedFormat, ...message });

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** A JSON object as it lies in a bucket, with its digest: an altered one is not taken for what was written. @throws InvariantError */
export function writeObject<T extends object>(
  schema: z.ZodType<T>,
  value: T,
  name: string,
): Uint8Array {
  const read: object = Object(asStored(schema, value, name));
  if ('format' in read || 'sha256' in read)
    throw new InvariantError(
      `What was to be stored as "${name}" has a field of the storage's own.`,
    );
  const sha256 = hash('sha256', JSON.stringify(read));
  return encoder.encode(JSON.stringify({ format: storedFormat, sha256, ...read }));
}

/** @throws StoredError `format-newer`, `stored-unreadable` */
export const readObject = <T>(schema: Parser<T>, body: Uint8Array, name: string): T =>
  readStored({ parse: (whole) => schema.parse(asWritten(whole, name)) }, jsonOf(body, name), name);

/** Held against the digest it was written with. */
function asWritten(whole: unknown, name: string): unknown {
  const { sha256, ...value } = z.looseObject({ sha256: z.string() }).parse(whole);
  if (hash('sha256', JSON.stringify(value)) === sha256) return value;
  throw unreadable(name, 'it is not what was written');
}

export function jsonOf(body: Uint8Array | string, name: string): unknown {
  try {
    return JSON.parse(typeof body === 'string' ? body : decoder.decode(body));
  } catch (error) {
    throw unreadable(name, 'it is no JSON', error);
  }
}
