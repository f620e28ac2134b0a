/** Sends a chunk at a destination that learns the platform's ids. */

import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { linesOf, sentRanges } from '../../shared/domain/request/chunk-items.ts';
import type { LearntIds } from '../../shared/flow/chunk-ids.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { ChunkBook } from './chunk-book.ts';
import type { ChunkDelivery, Delivered } from './chunk-delivery.ts';
import { chunkItems } from './chunk-ids.ts';
import { deliverChunk } from './deliver-chunk.ts';
import { IdFinder } from './id-finder.ts';
import { Lane } from './lane.ts';
import { SenderIds } from './sender-ids.ts';

export interface DeliveryByIds {
  readonly state: StateStore;
  /** How the sync stands. */
  readonly syncState: () => Promise<Pick<SyncState, 'recent'>>;
  readonly book: ChunkBook;
  readonly learnt: LearntIds;
  readonly isFirst: boolean;
}

export async function deliverByIds(
  chunk: Omit<ChunkDelivery, 'account' | 'sent' | 'ids'>,
  { state, syncState, book, learnt, isFirst }: DeliveryByIds,
): Promise<Delivered> {
  const { delivery, lines, ports, address } = chunk;
  const { clock } = ports;
  const lane = new Lane({ ...chunk, ...delivery, clock });
  const { lookup } = delivery;
  const noteSent = (bytes: number, isRetry: boolean) => book.noteQuestion(bytes, isRetry);
  const finder = lookup && new IdFinder({ ...chunk, lookup, lane, noteSent });
  const parts = { state, clock, address, lines, delivery, learnt, finder, syncState, isFirst };
  const chosen = await chunkItems(parts);
  const isSent = chosen.kind === 'changes' || chosen.kind === 'known' || chosen.kind === 'chosen';
  if (!isSent) return chosen;
  if (chosen.kind === 'chosen') await book.itemise(chosen.items);
  const ids = new SenderIds({
    lane,
    finder,
    changes: chosen.kind === 'chosen' ? chosen.items.map(({ position }) => position) : undefined,
    learn: (position, known) => learnt.note(position, known, clock.now()),
    store: () => book.storeIds(),
  });
  if (chosen.kind === 'changes') return deliverChunk({ ...chunk, account: book.account, ids });
  const own = { lines: linesOf(lines, chosen.items), sent: sentRanges(chosen.items) };
  return deliverChunk({ ...chunk, ...own, account: book.account, ids });
}
