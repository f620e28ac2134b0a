/** What an edit changed, for the audit trail: the places that differ, with nothing in it that may be a secret. */
import type { AuditChange } from '../../contracts/audit.ts';
import { masked, maskHeaders } from '../platform/masked-headers.ts';

/** In UTF-8, of all changes as JSON: an item of the table has room for that, and for what stands beside it. */
export const maxChangesBytes = 360_000;

/**
 * Undefined: it is not there, before it is made or once it is gone. More places than an entry holds are told as the whole
 * before and after, and if that is too much for the masks in it, its free texts are one mask each.
 */
export function changesBetween(before: unknown, after: unknown): AuditChange[] {
  const single = [...differences([], before, after)];
  const fits = (changes: readonly AuditChange[]) =>
    new TextEncoder().encode(JSON.stringify(changes)).length <= maxChangesBytes;
  if (fits(single)) return single;
  const whole = [change([], before, after)];
  return fits(whole) ? whole : [change([], withoutTexts(before), withoutTexts(after))];
}

const change = (place: Steps, before: unknown, after: unknown): AuditChange => ({
  pointer: place.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
  ...(before !== undefined && { before: shown(place, before) }),
  ...(after !== undefined && { after: shown(place, after) }),
});

const withoutTexts = (value: unknown): unknown =>
  isObject(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, each]) => [name, freeTexts.has(name) ? masked : each]),
      )
    : value;

type Steps = readonly string[];

function* differences(place: Steps, before: unknown, after: unknown): Generator<AuditChange> {
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences([...place, name], own(before, name), own(after, name));
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    yield change(place, before, after);
  }
}

type Named = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Named =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const own = (object: Named, name: string): unknown =>
  Object.hasOwn(object, name) ? object[name] : undefined;

/** Free texts in which people paste keys: a destination's headers, a sync's connection values. */
const freeTexts = new Set(['headers', 'connection']);

function shown(place: Steps, value: unknown): unknown {
  const [part, name] = place;
  if (part === undefined && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([each, below]) => [each, shown([each], below)]),
    );
  }
  if (part === undefined || !freeTexts.has(part)) return value;
  if (name === undefined && isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([each, below]) => [each, shown([part, each], below)]),
    );
  }
  if (name === undefined || typeof value !== 'string') return value;
  return maskHeaders({ [name]: value })[name] ?? masked;
}
