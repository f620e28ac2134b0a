/** A sync as the API takes and shows it, with how it fares. */

import { z } from '@hono/zod-openapi';
import { ErrorSummary, ReasonCount } from '../../shared/contracts/counts.ts';
import { TrippedGuard } from '../../shared/contracts/guard.ts';
import { NormaliseRule } from '../../shared/contracts/normalise.ts';
import { RunStatus } from '../../shared/contracts/run-status.ts';
import { Source, Sync, SyncInput } from '../../shared/contracts/sync.ts';
import { RecentRun, type SyncState, type Undelivered } from '../../shared/contracts/sync-state.ts';
import { dataOf, type NextTimes, staleFrom } from '../../shared/domain/run/data-age.ts';
import { type Faring, passedOver, plightOf, plights } from '../../shared/domain/run/plight.ts';
import type { ErrorSummary as Summary } from '../../shared/domain/words/errors.ts';
import { faringOf } from './faring.ts';
import { Moment, momentOf } from './moment.ts';
import type { ApiPorts } from './ports.ts';
import { FieldProblem } from './problem.ts';
import { WaitingView, waitingView } from './run-view.ts';

const count = z.int().nonnegative();

/** The first of these that holds. */
export const SyncPlight = z
  .enum(plights)
  .describe(
    '`unreadable`: what is stored of it can not be read. `held`: a run waits for approval. `failed`: so did the last run. `waiting`: the open run waits for its platform. `stale`: its data is older than it should be, whatever its runs say. `partial`: more changes of the last run were not delivered than its alerts put up with. `new`: no run yet. `off`: disabled. `differs`: equal to the newest snapshot, but for some members. `equal`: to the newest snapshot.',
  );

const LastRunView = z.strictObject({
  id: z.string().describe('The run.'),
  status: RunStatus.optional(),
  closedAt: Moment.optional().describe('When it was closed.'),
  error: ErrorSummary.optional(),
  failing: count.optional().describe('Changes that were not delivered, and invalid rows.'),
  snapshotAt: Moment.optional().describe('When the snapshot that it was about was written.'),
});

const DataAgeView = z.strictObject({
  mirroredAt: Moment.optional().describe(
    'When the snapshot was written that the platform is as of.',
  ),
  newestAt: Moment.optional().describe('When the newest snapshot that a run found was written.'),
  staleAt: Moment.optional().describe('From when on the data counts as old; absent: never.'),
});

const FailingView = z.strictObject({
  run: z.string().describe('The last run that had something to send.'),
  refused: count.describe('Changes that the platform refused.'),
  uncertain: count.describe('Changes of which it is not known whether the platform took them.'),
  unsent: count.describe('Changes that did not go out.'),
  invalid: count.describe('Changes that could not be sent, and rows that could not be used.'),
  reasons: z.array(ReasonCount).describe('The three most frequent.'),
});

const RecentRunView = RecentRun.extend({ closedAt: Moment }).meta({
  id: 'RecentRun',
  description: 'What a run delivered.',
});

const SyncStatus = z
  .strictObject({
    state: SyncPlight,
    error: ErrorSummary.optional().describe('Why it can not be read.'),
    lastRun: LastRunView.optional().describe('The run that was closed last, dry runs aside.'),
    openRun: z.string().optional().describe('The run that is open.'),
    waiting: WaitingView.optional().describe('While that waits for its platform.'),
    passedOver: z
      .enum(['held', 'turned-down', 'rolled-back'])
      .optional()
      .describe(
        'Why the schedule passes over the newest snapshot: it waits for approval, that was refused, or the sync was rolled back from it.',
      ),
    heldRun: z.string().optional().describe('The run that waits for approval.'),
    guards: z.array(TrippedGuard).optional().describe('Those that it tripped, the gravest first.'),
    data: DataAgeView.describe('How old the data is, which is not how old the run is.'),
    members: count.describe('Members the platform may hold.'),
    uncertain: count.describe('Those of them that are sent again by the next run.'),
    failing: FailingView.optional().describe('Why the platform may differ from the snapshot.'),
    recent: z.array(RecentRunView).describe('The last 20 runs, oldest first, dry runs aside.'),
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
  const { error, ...faring } = await faringOf(ports, sync);
  const view = viewOf(ports, faring, error);
  return { ...view, ...(warnings && { warnings: [...warnings] }) };
}

/** The same of what was read already. */
export const viewOf = (ports: ApiPorts, faring: Faring, error?: Summary): SyncView => ({
  ...faring.sync,
  status: { ...statusOf(ports, faring), ...(error && { error }) },
});

const timesShown = 5;

/** Of a state that can't be read, nothing is known. */
const nothing: SyncState = { epoch: 0, marker: false };

function statusOf({ clock, nextTimes }: ApiPorts, faring: Faring): SyncStatus {
  const { sync, state = nothing, open } = faring;
  const { mirror, openRun, setAside, succeededAt, undelivered, recent = [] } = state;
  const now = clock.now();
  const next = sync.enabled ? nextTimes(sync.schedule, now, timesShown) : [];
  const waiting = open && waitingView(open);
  const passed = passedOver(faring);
  return {
    state: plightOf(faring, { now, nextTimes }),
    ...(state.lastRun !== undefined && { lastRun: lastRunOf(state.lastRun, state) }),
    ...(openRun && { openRun: openRun.run }),
    ...(waiting && { waiting }),
    ...(passed && { passedOver: passed }),
    ...(passed === 'held' && setAside && { heldRun: setAside.run }),
    ...(passed === 'held' && setAside?.guards && { guards: setAside.guards }),
    data: dataView(sync, state, nextTimes),
    members: mirror?.members ?? 0,
    uncertain: mirror?.uncertain ?? 0,
    ...(undelivered && { failing: failingOf(undelivered) }),
    recent: recent.map((run) => ({ ...run, closedAt: momentOf(run.closedAt) })),
    ...(succeededAt !== undefined && { succeededAt: momentOf(succeededAt) }),
    nextRuns: next.map(momentOf),
  };
}

function dataView(sync: Sync, state: SyncState, nextTimes: NextTimes): SyncStatus['data'] {
  const at = dataOf(sync, state);
  const from = at === undefined ? undefined : staleFrom(sync, at, state, nextTimes);
  const { newest } = state;
  return {
    ...(at !== undefined && { mirroredAt: momentOf(at) }),
    ...(newest && { newestAt: momentOf(newest.writtenAt) }),
    ...(from !== undefined && { staleAt: momentOf(Math.ceil(from)) }),
  };
}

const failingOf = (undelivered: Undelivered): NonNullable<SyncStatus['failing']> => {
  const { run, rejected, uncertain, unsent, invalid, invalidRows, reasons } = undelivered;
  return { run, refused: rejected, uncertain, unsent, invalid: invalid + invalidRows, reasons };
};

function lastRunOf(
  last: string,
  { lastEnd, undelivered }: SyncState,
): NonNullable<SyncStatus['lastRun']> {
  if (!lastEnd) return { id: last };
  const { run: id = last, status, closedAt, error, snapshotAt } = lastEnd;
  const isOfIt = undelivered?.run === id;
  const { refused = 0, uncertain = 0, invalid = 0 } = isOfIt ? failingOf(undelivered) : {};
  return {
    id,
    status,
    closedAt: momentOf(closedAt),
    ...(error && { error }),
    ...(isOfIt && { failing: refused + uncertain + invalid }),
    ...(snapshotAt !== undefined && { snapshotAt: momentOf(snapshotAt) }),
  };
}
