/** A sync as the API takes and shows it, with how it fares. */

import { z } from '@hono/zod-openapi';
import { NormaliseRule } from '../../shared/contracts/normalise.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import { Source, Sync, SyncInput } from '../../shared/contracts/sync.ts';
import { Moment, momentOf } from './moment.ts';
import type { ApiPorts } from './ports.ts';
import { FieldProblem } from './problem.ts';

const count = z.int().nonnegative();

const SyncStatus = z
  .strictObject({
    lastRun: z
      .strictObject({
        id: z.string(),
        status: RunStatus.optional(),
        closedAt: Moment.optional(),
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
  .meta({ id: 'SyncStatus' });
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
  const status = await statusOf(ports, sync);
  return { ...sync, status, ...(warnings && { warnings: [...warnings] }) };
}

const timesShown = 5;

async function statusOf({ runs, clock, nextTimes }: ApiPorts, sync: Sync): Promise<SyncStatus> {
  const state = await runs.getState(sync.id);
  const last = state.lastRun === undefined ? undefined : await runs.getRun(sync.id, state.lastRun);
  const { mirror, openRun, setAside, succeededAt } = state;
  const next = sync.enabled ? nextTimes(sync.schedule, clock.now(), timesShown) : [];
  return {
    ...(last && {
      lastRun: {
        id: last.id,
        ...(last.status && { status: last.status }),
        ...(last.closedAt !== undefined && { closedAt: momentOf(last.closedAt) }),
      },
    }),
    ...(openRun && { openRun: openRun.run }),
    ...(setAside?.why === 'held' && { heldRun: setAside.run }),
    members: mirror?.members ?? 0,
    uncertain: mirror?.uncertain ?? 0,
    ...(succeededAt !== undefined && { succeededAt: momentOf(succeededAt) }),
    nextRuns: next.map(momentOf),
  };
}
