/**
 * Moves of ground: changes after which members would be left behind at a platform, or two syncs would empty each other.
 * They are told, and need a word.
 */

import { z } from '@hono/zod-openapi';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { targetOf } from '../../shared/domain/run/run.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import { Refusal } from './problem.ts';

/** Words that a caller gives with a change. */
export const GroundQuery = z.strictObject({
  members: z
    .literal('leave')
    .optional()
    .describe('The members mirrored so far stay at the platform, and are forgotten.'),
  shared: z
    .literal('allow')
    .optional()
    .describe('Another enabled sync may write to the same audience.'),
});
export type Words = Partial<z.infer<typeof GroundQuery>>;

/** What a change of a sync does to where its members are. */
export interface Move {
  /** It has another target than before: no run may start meanwhile. */
  readonly moves: boolean;
  /** Its mirror is of another target, and to be forgotten. */
  readonly forgets: boolean;
}

/** @throws Refusal 409 `members-left-behind`, `run-open` */
export function checkMove(
  sync: Sync,
  before: Sync | undefined,
  { mirror, openRun }: SyncState,
  words: Words,
): Move {
  const target = targetOf(sync, { id: sync.destination });
  const forgets = mirror?.target !== undefined && mirror.target !== target;
  const moves =
    forgets || (before !== undefined && targetOf(before, { id: before.destination }) !== target);
  if (forgets && mirror.members > 0 && words.members !== 'leave') {
    throw leftBehind(sync.id, mirror.members, 'point to another destination, audience or key');
  }
  if (moves && openRun) throw runOpen(sync.id, openRun.run);
  return { moves, forgets };
}

/** @throws Refusal 409 `members-left-behind`, `run-open` */
export function checkRemoval(id: string, { mirror, openRun }: SyncState, words: Words): void {
  if (openRun) throw runOpen(id, openRun.run);
  if (mirror && mirror.members > 0 && words.members !== 'leave') {
    throw leftBehind(id, mirror.members, 'be gone');
  }
}

/** @throws Refusal 409 `audience-shared` */
export async function checkTwin(configs: ConfigStore, sync: Sync, words: Words): Promise<void> {
  if (!sync.enabled || words.shared === 'allow') return;
  const twin = (await configs.syncsOf(sync.destination, sync.audience.id)).items.find(
    (other) => other.id !== sync.id && other.enabled,
  );
  if (!twin) return;
  throw new Refusal(409, {
    code: 'audience-shared',
    detail: `The sync "${twin.id}" is enabled for the same audience of the same destination: each would remove the members of the other. Give one another audience, disable one, or repeat the request with ?shared=allow if their members are the same.`,
  });
}

export const membersUnknown = (id: string): Refusal =>
  new Refusal(409, {
    code: 'members-left-behind',
    detail: `Neither the sync "${id}" nor its state can be read, so it is not known whom it mirrored: they would stay at the platform. Repeat the request with ?members=leave to leave them there and forget them.`,
  });

const leftBehind = (id: string, members: number, what: string) =>
  new Refusal(409, {
    code: 'members-left-behind',
    detail: `The sync "${id}" would ${what}, and ${members} members that it mirrored would stay at the platform, with nobody to remove them. Run POST /v1/syncs/${id}/empty first, which removes them; or repeat the request with ?members=leave to leave them there and forget them.`,
  });

export const runOpen = (id: string, run: string): Refusal =>
  new Refusal(409, {
    code: 'run-open',
    detail: `The run ${run} of the sync "${id}" is open. Wait for its end, or cancel it, and repeat the request.`,
  });
