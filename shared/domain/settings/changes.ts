/** What an edit changed, for the audit trail: the places that differ, with nothing in it that may be a secret. */
import type { AuditChange } from '../../contracts/audit.ts';
import { masked, maskHeaders } from '../platform/masked-headers.ts';

/** Undefined: it is not there, before it is made or once it is gone. */
export function changesBetween(before: unknown, after: unknown): AuditChange[] {
  return [...differences([], before, after)];
}

type Steps = readonly string[];

function* differences(place: Steps, before: unknown, after: unknown): Generator<AuditChange> {
  if (isObject(before) && isObject(after)) {
    for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
      yield* differences([...place, name], own(before, name), own(after, name));
    }
  } else if (JSON.stringify(before) !== JSON.stringify(after)) {
    yield {
      pointer: place.map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
      ...(before !== undefined && { before: shown(place, before) }),
      ...(after !== undefined && { after: shown(place, after) }),
    };
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
