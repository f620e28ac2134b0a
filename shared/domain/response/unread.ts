/**
 * Answers that were taken for a success, and say more than anybody reads: a 207, or a list of errors in the body of a
 * 2xx, at an action without a rule that looks for it.
 */
import type { Fault } from '../words/problem.ts';
import type { Answer } from './document.ts';
import type { ResponseRules } from './rule.ts';

const multiStatus = 207;
/** Larger lists are errors in any case, and looking through them would cost more than it tells. */
const maxRead = 262_144;
const tellingNames = [
  'errors',
  'failed',
  'failures',
  'rejected',
  'invalid',
  'invalid_entries',
  'failedRecords',
  'failed_records',
  'partialFailureError',
] as const;
/** How platforms write a name that is looked for: cheap to rule out before a body is parsed. */
const needles = tellingNames.map((name) => Buffer.from(`"${name}"`));

/** Undefined where a rule looks at it, or it says nothing of failures. */
export function unreadFailures(
  { success, failed }: ResponseRules,
  { status, body }: Pick<Answer, 'status' | 'body'>,
): Fault | undefined {
  if (success || failed) return undefined;
  const name = namedIn(body);
  if (status !== multiStatus && name === undefined) return undefined;
  const what =
    name === undefined ? `${status}` : `${status} with a field "${name}" that is not empty`;
  return {
    code: 'answer-unread',
    reason: `The platform answered ${what}, which may say that some records were not taken, and no response rule reads it: all count as delivered. Say with responseRules of the action ("failed" or "success") what such an answer means.`,
  };
}

function namedIn(body: Uint8Array): string | undefined {
  if (body.length === 0 || body.length > maxRead) return undefined;
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.length);
  if (!needles.some((needle) => bytes.includes(needle))) return undefined;
  try {
    const json: unknown = JSON.parse(bytes.toString());
    return typeof json === 'object' && json !== null ? filledName(json, 3) : undefined;
  } catch {
    return undefined;
  }
}

function filledName(json: object, depth: number): string | undefined {
  const own = tellingNames.find(
    (name) => Object.hasOwn(json, name) && isFilled(Reflect.get(json, name)),
  );
  if (own !== undefined || depth === 0) return own;
  for (const each of Object.values(json)) {
    if (typeof each !== 'object' || each === null || Array.isArray(each)) continue;
    const inner = filledName(each, depth - 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function isFilled(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return typeof value === 'number'
    ? value > 0
    : value === true || (typeof value === 'string' && value !== '' && value !== '0');
}
