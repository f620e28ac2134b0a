/**
 * A chunk at a destination that learns the platform's ids. Whom its requests name by an id that is not known is looked up first,
 * all of them, and what that makes of the chunk is chosen once and stored, before anything is sent.
 */

import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ChunkLine, ItemLine } from '../../shared/contracts/plan.ts';
import { type RecentRun, recentRuns, type SyncState } from '../../shared/contracts/sync-state.ts';
import { type Found, itemsOf } from '../../shared/domain/request/chunk-items.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { chooseItems, type LearntIds, readItems } from '../../shared/flow/chunk-ids.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { Clock } from '../../shared/ports/world.ts';
import type { FinderEnd, IdFinder } from './id-finder.ts';

export interface ChunkIdsSettings {
  readonly state: StateStore;
  readonly clock: Clock;
  readonly address: ChunkAddress;
  readonly lines: readonly ChunkLine[];
  readonly delivery: Delivery;
  readonly learnt: LearntIds;
  /** Undefined: the destination has no lookup. */
  readonly finder: IdFinder | undefined;
  /** How the sync stands. */
  readonly syncState: () => Promise<Pick<SyncState, 'recent'>>;
  /** Earlier senders may have chosen. */
  readonly isFirst: boolean;
}

export type ChunkItems =
  /** Its changes are sent as they are. */
  | { readonly kind: 'changes' }
  /** Each change has one id, which its line says. */
  | { readonly kind: 'known'; readonly items: readonly ItemLine[] }
  | { readonly kind: 'chosen'; readonly items: readonly ItemLine[] };

export async function chunkItems(settings: ChunkIdsSettings): Promise<ChunkItems | FinderEnd> {
  const { state, address, lines, delivery } = settings;
  if (!lines.some(({ action }) => delivery.action(action)?.namesId)) return { kind: 'changes' };
  if (lines.every(({ ids }) => ids?.length === 1))
    return { kind: 'known', items: itemsOf(lines, new Map(), false) };
  const before = settings.isFirst ? undefined : await readItems(state, address);
  if (before) return { kind: 'chosen', items: before };
  const found = await lookedUp(settings);
  if (!(found instanceof Map)) return found;
  const canInsert = delivery.action('insert')?.namesId === false;
  const items = itemsOf(lines, found, canInsert);
  return { kind: 'chosen', items: await chooseItems(state, address, items) };
}

async function lookedUp({
  lines,
  learnt,
  finder,
  clock,
  ...settings
}: ChunkIdsSettings): Promise<Map<number, Found> | FinderEnd> {
  const found = new Map<number, Found>();
  for (const [position, line] of lines.entries()) {
    const ids = line.ids ?? learnt.get(position);
    if (ids) found.set(position, { ids });
  }
  const unknown = [...lines.keys()].filter((position) => !found.has(position));
  const ended = await finder?.find(unknown, (position, what) => {
    found.set(position, what);
    if ('ids' in what) learnt.note(position, what.ids, clock.now());
  });
  if (ended) return ended;
  const isLate = await mayBeLate(settings, clock.now());
  for (const [position, line] of lines.entries()) {
    const what = found.get(position) ?? { ids: [] };
    if (line.action !== 'delete' || !('ids' in what) || what.ids.length > 0) continue;
    if (!finder) found.set(position, { outcome: 'uncertain', fault: unlearnt });
    else if (isLate) found.set(position, { outcome: 'uncertain', fault: notYet });
  }
  return found;
}

/** Whether the platform may not show everybody yet whom the last runs added. */
async function mayBeLate(
  { delivery, syncState }: Pick<ChunkIdsSettings, 'delivery' | 'syncState'>,
  now: number,
): Promise<boolean> {
  const lagMs = (delivery.lookup?.lagSeconds ?? 0) * 1_000;
  if (lagMs === 0) return false;
  const { recent = [] } = await syncState();
  const isNear = ({ closedAt }: RecentRun) => now - closedAt < lagMs;
  const [oldest] = recent;
  // What ran before those that are remembered is not known.
  if (oldest && recent.length >= recentRuns && isNear(oldest)) return true;
  return recent.some((run) => isNear(run) && run.added + run.updated + run.failing > 0);
}

const notYet: Fault = {
  code: 'platform-id-not-yet',
  reason:
    'The platform does not know this member, and by lagSeconds of the lookup it may not show yet whom the last run added. The next run asks again.',
};

const unlearnt: Fault = {
  code: 'platform-id-unknown',
  reason:
    "The member is removed by the platform's id, which no answer told, and the destination has no lookup. Add one, or adopt the ids from a file.",
};
