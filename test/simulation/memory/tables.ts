/** What the engines in memory keep: JSON in the place of Parquet. */

import { createHash } from 'node:crypto';
import type { MirrorObjects } from '../../../shared/contracts/mirror.ts';
import type { LogRecord } from '../../../shared/contracts/sync-log.ts';
import type { MirrorEntry } from '../../../shared/domain/plan/mirror.ts';
import type { PlanRow } from '../../../shared/domain/plan/plan.ts';
import { layersOf, mirrorDamaged } from '../../../shared/domain/run/mirror-objects.ts';
import { type Content, isAsWritten } from '../../../shared/erased.ts';
import type { StateStore } from '../../../shared/ports/objects.ts';

export type Entry = MirrorEntry & {
  readonly digest: string | null;
  readonly identity?: string | undefined;
};
export type Mirror = Map<string, Entry>;

/** A row of a plan, with the mirror's entry of its key. */
export type FoldedRow = PlanRow & { readonly was?: Entry };

export const encode = (value: unknown) => Buffer.from(JSON.stringify(value));
export const decode = (body: Uint8Array) => JSON.parse(Buffer.from(body).toString());

/** What of a run was logged in memory; nothing where there is no log. */
export const readMemoryLog = (body: Uint8Array | undefined): LogRecord[] =>
  body ? decode(body) : [];

/** What an object of a mirror holds: entries by key, and of a delta null for those that are gone. */
export type MirrorRows = [key: string, entry: Entry | null][];

export const contentOf = (body: Uint8Array): Content => ({
  bytes: body.byteLength,
  sha256: createHash('sha256').update(body).digest('hex'),
  rows: rowsIn(body),
});

/** None where it is damaged. */
function rowsIn(body: Uint8Array): number {
  try {
    return decode(body).length;
  } catch {
    return 0;
  }
}

export async function readMirror(
  state: StateStore,
  pointer: MirrorObjects | undefined,
): Promise<Mirror> {
  const mirror: Mirror = new Map();
  for (const object of pointer ? layersOf(pointer) : []) {
    const body = await state.get(object.location);
    if (!body) throw mirrorDamaged(object.location, 'gone');
    if (!(await isAsWritten(state, object, contentOf(body))))
      throw mirrorDamaged(object.location, 'not what was written');
    const rows: MirrorRows = decode(body);
    for (const [key, entry] of rows) {
      if (entry) mirror.set(key, entry);
      else mirror.delete(key);
    }
  }
  return mirror;
}

export const compareKeys = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
