/** What must hold of guards, approvals, canaries, dead letters and alerts: at each request, and at the end. */

import type { Counts } from '../../shared/contracts/counts.ts';
import { configObject, outcomesObject } from '../../shared/contracts/layout.ts';
import { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { Run, SendPhase } from '../../shared/contracts/run.ts';
import { RunConfig } from '../../shared/contracts/run-config.ts';
import type { Canary, Guards } from '../../shared/contracts/sync.ts';
import { readLines } from '../../shared/lines.ts';
import { readObject } from '../../shared/stored.ts';
import type { History } from './history.ts';

/** Why the request with this idempotency key should not have left. */
export function heldBackWrongly(history: History, key: string): string[] {
  const match = /^(run\d+)-(p\d+)-([du])(\d+)-\d+-(\d+)$/.exec(key);
  if (!match) return [];
  const [, id, attempt = '', letter, chunk, to] = match;
  const run = [...history.runs.runs.values()].find((each) => each.id === id);
  if (run && history.damaged.has(run.id)) return [];
  if (!run?.plan) return [`${key} was sent without a plan`];
  const { sync, task } = configOf(history, run);
  const phase = letter === 'd' ? 'deleting' : 'upserting';
  const sent = { phase, chunk: Number(chunk), to: Number(to), attempt } as const;
  return [
    ...(task.kind === 'mirror' && task.approves === undefined
      ? beyond(sync.guards, run.plan.counts).map((guard) => `${key} was sent beyond ${guard}`)
      : []),
    // An erasure is owed whatever becomes of others: it goes without one.
    ...(sync.canary && task.kind !== 'erase'
      ? beforeCanary(history, run, sync.canary, sent, key)
      : []),
    ...wronglyApproved(history, run, key),
  ];
}

function configOf({ pinned }: History, { sync, id }: Run): RunConfig {
  const body = pinned.get(configObject(sync, id));
  return readObject(RunConfig, body ?? new Uint8Array(), 'config');
}

/** Guards that can be told from the counts alone, in other words than the product's. */
function beyond(guards: Guards, { snapshot, mirror, delete: removed }: Counts): string[] {
  const deletes = removed.unsent;
  const isMany = deletes > guards.deletesAbove && deletes > guards.deletesShare * mirror.before;
  return [
    ...(mirror.before > 0 && isMany ? ['deletesShare'] : []),
    ...(mirror.before > 0 && snapshot.rows === 0 ? ['an empty snapshot'] : []),
    ...(snapshot.rows < (guards.minimumRows ?? 0) ? ['minimumRows'] : []),
    ...(snapshot.invalid > (guards.invalidShare ?? 1) * snapshot.rows ? ['invalidShare'] : []),
  ];
}

interface Sent {
  readonly phase: SendPhase;
  readonly chunk: number;
  readonly to: number;
  readonly attempt: string;
}

function beforeCanary(
  history: History,
  run: Run,
  canary: Canary,
  { phase, chunk, to, attempt }: Sent,
  key: string,
): string[] {
  const passed = (of: SendPhase) => isPassed(history, run, canary, of, attempt);
  const found: string[] = [];
  if (chunk === 0 && to > canary.records) found.push(`${key} is more than a canary`);
  if (chunk > 0 && !passed(phase)) found.push(`${key} was sent before its canary had passed`);
  const hasDeletes = (run.plan?.chunks.deleting ?? 0) > 0;
  if (phase === 'upserting' && hasDeletes && !passed('deleting'))
    found.push(`${key} was sent though the canary of the deletes had not passed`);
  return found;
}

function isPassed(
  { state }: History,
  { sync, id }: Run,
  { successShare }: Canary,
  phase: SendPhase,
  attempt: string,
): boolean {
  const body = state.objects.get(outcomesObject({ sync, run: id, attempt, phase, chunk: 0 }));
  if (!body) return false;
  const count = { delivered: 0, rejected: 0, uncertain: 0, unsent: 0, invalid: 0 };
  for (const line of readLines(OutcomeLine, body, 'outcomes'))
    count[line.outcome] += line.to - line.from;
  const sent = count.delivered + count.rejected + count.uncertain;
  return sent === 0 ? successShare === 0 : count.delivered >= successShare * sent;
}

/** An approval is for what was held, and for one run. */
function wronglyApproved(history: History, run: Run, key: string): string[] {
  const { task } = run;
  if (task.kind !== 'mirror' || task.approves === undefined) return [];
  const held = history.runs.runs.get(`${run.sync}/${task.approves}`);
  const found: string[] = [];
  if (held?.approvedBy !== run.id) found.push(`${key} was sent without an approval`);
  const config = configOf(history, run);
  const snapshot = config.task.kind === 'mirror' ? config.task.snapshot.identity : undefined;
  if (held?.result?.setAside?.snapshot !== snapshot)
    found.push(`${key} was sent for an approval of another snapshot`);
  return found;
}

/** When all is over: nothing of a held run was sent, and everything that should be told was. */
export function untold({ runs, alerts, queues, platform, wentBack }: History): string[] {
  const told = new Set(alerts.map(({ id }) => id));
  const all = [...runs.runs.values()];
  const wereHeld = all.filter(
    ({ result, sync }) => result?.setAside?.why === 'held' && !wentBack.has(sync),
  );
  // Whoever answered before anybody was told knows.
  const areHeld = wereHeld.filter((run) => run.status === 'held' && run.approvedBy === undefined);
  const failed = all.filter(({ status, epoch }) => status === 'failed' && epoch > 0);
  return [
    ...wereHeld
      .filter(({ id }) => platform.senders.has(id))
      .map(({ id }) => `the held run ${id} has sent something`),
    ...areHeld
      .filter(({ sync, id }) => !told.has(`run-held/${sync}/${id}`))
      .map(({ id }) => `nobody was told that ${id} is held`),
    ...failed
      .filter(({ result }) => result?.error?.code === 'http-403')
      .filter(({ id }) => !platform.forbade.has(id))
      .map(({ id }) => `${id} was stopped as forbidden, and nothing of it was`),
    ...failed
      .filter((run) => !isTold(run, alerts))
      .map(({ id }) => `nobody was told that ${id} failed`),
    ...queues.deadLetters.settled
      .filter((id) => !told.has(`dead-letter/${id}`))
      .map((id) => `nobody was told of ${id}`),
    ...(queues.deadLetters.length > 0
      ? [`${queues.deadLetters.length} dead letters are left`]
      : []),
  ];
}

/** Itself, or one of that day with the same code before it. */
const isTold = (run: Run, alerts: History['alerts']) =>
  alerts.some(
    ({ kind, sync, run: of = '', code }) =>
      kind === 'run-failed' &&
      sync === run.sync &&
      of <= run.id &&
      (of === run.id || code === run.result?.error?.code),
  );
