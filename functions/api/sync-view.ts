/** A sync as the API takes and shows it, with how it fares. */

import { z } from '@hono/zod-openapi';
import { NormaliseRule } from '../../shared/contracts/normalise.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import { Source, Sync, SyncInput } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { Moment, momentOf } from './moment.ts';
import type { ApiPorts } from './ports.ts';
import { FieldProblem } from './problem.ts';

const count = z.int().nonnegative();

/** The first of these that holds. */
export const SyncPlight = z
  .enum(['held', 'failed', 'stale', 'partial', 'new', 'off', 'differs', 'equal'])
  .describe(
    '`held`: a run waits for approval. `failed`: so did the last run. `stale`: no run ended well for as long as its alerts put up with. `partial`: changes of the last run were not delivered. `new`: no run yet. `off`: disabled. `differs`: equal, but for some members. `equal`: to the snapshot it was mirrored from.',
  );

const SyncStatus = z
  .strictObject({
    state: SyncPlight,
    lastRun: z
      .strictObject({
        id: z.string().describe('The run.'),
        status: RunStatus.optional(),
        closedAt: Moment.optional().describe('When it was closed.'),
        failing: count.optional().describe('Changes that were not delivered, and invalid rows.'),
        snapshotAt: Moment.optional().describe('When the snapshot that it was about was written.'),
      })
      .optional()
      .describe('The run that was closed last.'),
    openRun: z.string().optional().describe('The run that is open.'),
    heldRun: z.string().optional().describe('The run that waits for approval.'),
    members: count.describe('Members the platform may hold.'),
    uncertain: count.describe('Those of them that are sent again by the next run.'),
    succeededAt: Moment.optional().describe('When a run ended last as succeeded or unchanged.'),
    nextRuns: z.array(Moment).describe('The next five times of its schedule.'),
  })
  .meta({ id: 'SyncStatus', description: 'How a sync fares.' });
type SyncStatus = z.infer<typeof SyncStatus>;

const warnings = z
  .array(FieldProblem)
  .optional()
  .describe('Of a change: worth a look, and no reason against it.');

export const SyncView = Sync.extend({
  source: Source.extend({ prefix: z.string() }),
  normalise: z.record(z.string(), z.array(NormaliseRule)),
  status: SyncStatus,
  warnings,
}).meta({ id: 'Sync' });
export type SyncView = z.infer<typeof SyncView>;

/** What answers have beside the settings may stay in a body: it is passed over. */
export const SyncBody = SyncInput.extend({
  version: z.int().optional(),
  status: z.looseObject({}).optional(),
  warnings,
}).meta({
  id: 'SyncSettings',
  description: '`version`, `status` and `warnings`, which answers have, are passed over.',
});

export function inputOf(body: z.infer<typeof SyncBody>): SyncInput {
  const { version: _version, status: _status, warnings: _warnings, ...settings } = body;
  return settings;
}

export async function syncView(
  ports: ApiPorts,
  sync: Sync,
  warnings?: readonly FieldProblem[],
): Promise<SyncView> {
  const state = await ports.runs.getState(sync.id);
  return { ...viewOf(ports, sync, state), ...(warnings && { warnings: [...warnings] }) };
}

/** The same from its state, where many are read at once. */
export const viewOf = (ports: ApiPorts, sync: Sync, state: SyncState): SyncView => ({
  ...sync,
  status: statusOf(ports, sync, state),
});

const timesShown = 5;

function statusOf({ clock, nextTimes }: ApiPorts, sync: Sync, state: SyncState): SyncStatus {
  const { mirror, openRun, setAside, succeededAt } = state;
  const next = sync.enabled ? nextTimes(sync.schedule, clock.now(), timesShown) : [];
  return {
    state: plightOf(sync, state),
    ...(state.lastRun !== undefined && { lastRun: lastRunOf(state.lastRun, state) }),
    ...(openRun && { openRun: openRun.run }),
    ...(setAside?.why === 'held' && { heldRun: setAside.run }),
    members: mirror?.members ?? 0,
    uncertain: mirror?.uncertain ?? 0,
    ...(succeededAt !== undefined && { succeededAt: momentOf(succeededAt) }),
    nextRuns: next.map(momentOf),
  };
}

function lastRunOf(id: string, { lastEnd }: SyncState): NonNullable<SyncStatus['lastRun']> {
  if (!lastEnd) return { id };
  const { status, closedAt, failing, snapshotAt } = lastEnd;
  return {
    id,
    status,
    closedAt: momentOf(closedAt),
    ...(failing !== undefined && { failing }),
    ...(snapshotAt !== undefined && { snapshotAt: momentOf(snapshotAt) }),
  };
}

export function plightOf(sync: Sync, state: SyncState): z.infer<typeof SyncPlight> {
  const { setAside, lastEnd, stale, mirror } = state;
  if (setAside?.why === 'held') return 'held';
  if (lastEnd?.status === 'failed') return 'failed';
  if (stale?.told) return 'stale';
  if (lastEnd?.status === 'partial') return 'partial';
  if (state.lastRun === undefined) return 'new';
  if (!sync.enabled) return 'off';
  return (mirror?.uncertain ?? 0) + (lastEnd?.failing ?? 0) > 0 ? 'differs' : 'equal';
}
