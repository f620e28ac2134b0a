/**
 * Changes with their entry in the audit trail. The entry is written first: a crash in between may leave one for a
 * change that did not come about, but never a change without one.
 */
import { z } from '@hono/zod-openapi';
import { AuditChange, AuditedKind } from '../../shared/contracts/audit.ts';
import { changesBetween } from '../../shared/domain/settings/changes.ts';
import {
  ConfigurationError,
  InvariantError,
  SnapshotError,
} from '../../shared/domain/words/errors.ts';
import type { AuditTrail } from '../../shared/ports/configurations.ts';
import type { Clock, Ids } from '../../shared/ports/world.ts';
import type { Caller } from './asked.ts';
import { FieldProblem, Refusal } from './problem.ts';

export interface AuditPorts {
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly ids: Ids;
}

/** What would be done: the entry of the audit trail that the change would have, and what is worth knowing before. */
export const Foreseen = z
  .strictObject({
    dryRun: z.literal(true),
    what: z.string().describe('`created`, `updated`, `deleted`, `run-started` …: stable words.'),
    kind: AuditedKind,
    thing: z.string().describe('Its id; of what has no id yet, that of its sync.'),
    changes: z.array(AuditChange).describe('Of the settings, before and after.'),
    members: z
      .int()
      .nonnegative()
      .optional()
      .describe('Members the platform may hold whom it is about.'),
    warnings: z.array(FieldProblem).describe('Worth a look, and no reason against it.'),
  })
  .meta({ id: 'DryRun', description: 'What would be done. Nothing was.' });
export type Foreseen = z.infer<typeof Foreseen>;

/** Ends a request that only tries, at the point from which on something would change. */
export class Tried extends Error {
  readonly foreseen: Foreseen;

  constructor(foreseen: Foreseen) {
    super('Nothing was changed.');
    this.name = 'Tried';
    this.foreseen = foreseen;
  }
}

/** What a change says that is only tried. */
export async function foresee(attempt: () => Promise<unknown>): Promise<Foreseen> {
  try {
    await attempt();
  } catch (error) {
    if (error instanceof Tried) return error.foreseen;
    throw error;
  }
  throw new InvariantError('A change was made that was only to be tried.');
}

export interface Change {
  /** `created`, `updated`, `deleted`, `run-started`, `asked` …: stable words. */
  readonly what: string;
  readonly kind: AuditedKind;
  readonly thing: string;
  /** The version the change makes. */
  readonly version?: number;
  readonly before?: object | undefined;
  readonly after?: object | undefined;
  /** Whom it is about, for who only tries. */
  readonly members?: number | undefined;
  readonly warnings?: readonly FieldProblem[] | undefined;
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

function inputOf<T extends Versioned>(saved: T): Omit<T, 'version'> {
  const { version: _, ...settings } = saved;
  return settings;
}

/** A thing with versions is created, or changed from what it was before. */
export const saving = (
  kind: AuditedKind,
  input: { readonly id: string },
  before: Versioned | undefined,
  what: string = before ? 'updated' : 'created',
): Change => ({
  what,
  kind,
  thing: input.id,
  ...(before && { version: before.version + 1, before: inputOf(before) }),
  after: input,
});

export const removing = (kind: AuditedKind, before: Versioned): Change => ({
  what: 'deleted',
  kind,
  thing: before.id,
  before: inputOf(before),
});

const isRefused = (error: unknown) =>
  [Refusal, ConfigurationError, SnapshotError].some((kind) => error instanceof kind);

function foreseenOf(
  { what, kind, thing }: Change,
  changes: AuditChange[],
  members: number | undefined,
  warnings: readonly FieldProblem[],
): Foreseen {
  const about = { what, kind, thing, changes, warnings: [...warnings] };
  return { dryRun: true, ...about, ...(members !== undefined && { members }) };
}

/** Of a caller who only tries, the change is told and not made. @throws Tried */
export async function audited<T>(
  { audit, clock, ids }: AuditPorts,
  { name, onlyTries = false }: Caller,
  { before, after, members, warnings = [], ...change }: Change,
  make: () => Promise<T>,
): Promise<T> {
  const changes = changesBetween(before, after);
  if (onlyTries) throw new Tried(foreseenOf(change, changes, members, warnings));
  const id = ids.next();
  await audit.add({ id, at: clock.now(), who: name, ...change, changes });
  try {
    return await make();
  } catch (error) {
    // Of any other failure nobody can tell what came about before it.
    if (isRefused(error)) await audit.withdraw(id);
    throw error;
  }
}
