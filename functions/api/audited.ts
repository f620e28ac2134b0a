/**
 * Changes with their entry in the audit trail. The entry is written first: a crash in between may leave one for a
 * change that did not come about, but never a change without one.
 */

import type { AuditedKind } from '../../shared/contracts/audit.ts';
import { changesBetween } from '../../shared/domain/settings/changes.ts';
import { ConfigurationError, SnapshotError } from '../../shared/domain/words/errors.ts';
import type { AuditTrail } from '../../shared/ports/configurations.ts';
import type { Clock, Ids } from '../../shared/ports/world.ts';
import type { Caller } from './access.ts';
import { Refusal } from './problem.ts';

export interface AuditPorts {
  readonly audit: AuditTrail;
  readonly clock: Clock;
  readonly ids: Ids;
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
}

interface Versioned {
  readonly id: string;
  readonly version: number;
}

function settingsOf<T extends Versioned>(saved: T): Omit<T, 'version'> {
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
  ...(before && { version: before.version + 1, before: settingsOf(before) }),
  after: input,
});

export const removing = (kind: AuditedKind, before: Versioned): Change => ({
  what: 'deleted',
  kind,
  thing: before.id,
  before: settingsOf(before),
});

const isRefused = (error: unknown) =>
  [Refusal, ConfigurationError, SnapshotError].some((kind) => error instanceof kind);

export async function audited<T>(
  { audit, clock, ids }: AuditPorts,
  { name }: Caller,
  { before, after, ...change }: Change,
  make: () => Promise<T>,
): Promise<T> {
  const id = ids.next();
  const changes = changesBetween(before, after);
  await audit.add({ id, at: clock.now(), who: name, ...change, changes });
  try {
    return await make();
  } catch (error) {
    // Of any other failure nobody can tell what came about before it.
    if (isRefused(error)) await audit.withdraw(id);
    throw error;
  }
}
