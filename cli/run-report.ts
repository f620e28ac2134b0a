/** What is told of runs. */

import { join } from 'node:path';
import { usualFolder } from '../local/aws/identity.ts';
import { runStatuses } from '../shared/contracts/run-status.ts';
import { failingIn, total } from '../shared/domain/run/counts.ts';
import { counted, describeRun } from '../shared/domain/run/report.ts';
import type { Api } from './api/client.ts';
import { listRecords, NoLog, type RecordView } from './api/records.ts';
import type { RunView } from './api/runs.ts';
import { type ExitCode, exit, exitOfRun } from './exit.ts';
import { recordLine } from './record-lines.ts';
import type { Session } from './session.ts';
import type { Terminal } from './terminal.ts';

/** Prints a run that is over; the code is that of its end. */
export async function tellRun(session: Session, run: RunView): Promise<ExitCode> {
  await session.result(run, () => reportText(session.terminal, run));
  const hint = hintOf(run);
  if (hint !== undefined && !session.json) await session.terminal.note(hint);
  return run.status ? exitOfRun(run.status) : exit.done;
}

/** The same with each record that failed. `limit`: lines at most; as JSON all of them are printed. */
export async function tellMirrored(
  session: Session,
  api: Api,
  run: RunView,
  limit: number,
): Promise<ExitCode> {
  const shown = session.json ? Number.POSITIVE_INFINITY : limit;
  const { failures, more } = await failuresOf(api, run, shown);
  const { terminal } = session;
  await session.result({ run, failures }, () =>
    [
      reportText(terminal, run),
      ...failures.map((record) => `  ${recordLine(terminal, record)}`),
      ...(more > 0 ? [`  and ${more} more: --failures all prints them, --json too`] : []),
    ].join('\n'),
  );
  if (run.status === 'held' && !session.json) {
    await terminal.note(
      `Nothing was sent. Mend the file and mirror it again. If the file is right, approve the run while ${startOf(session)} runs: audience-mirror approve ${run.sync}${folderOf(session)} --wait`,
    );
  }
  return run.status ? exitOfRun(run.status) : exit.done;
}

/** As the folder has to be named to every command where it is not the usual one. */
function folderOf({ folder, world, shown }: Session): string {
  return folder === join(world.cwd, usualFolder) ? '' : ` --folder ${shown(folder)}`;
}

const startOf = (session: Session): string => {
  const folder = folderOf(session);
  return `npm start${folder && ` --${folder}`}`;
};

async function failuresOf(api: Api, run: RunView, limit: number) {
  const failures: RecordView[] = [];
  let more = 0;
  try {
    const found = run.counts ? listRecords(api, run.sync, run.id, { outcome: 'failed' }) : [];
    for await (const record of found) {
      if (failures.length < limit) failures.push(record);
      else more++;
    }
  } catch (error) {
    if (!(error instanceof NoLog)) throw error;
  }
  return { failures, more };
}

function reportText({ style }: Terminal, run: RunView): string {
  const { status = run.phase, error, counts, sent, reasons, warnings } = run;
  const text = describeRun({
    status,
    took: tookOf(run),
    ...(error && { error }),
    ...(counts && { counts }),
    ...(sent && { sent }),
    ...(reasons && { reasons }),
    ...(warnings && { warnings }),
  });
  const colour = run.status ? runStatuses[run.status].colour : 'bold';
  const wait = waitText(run);
  const waits = wait === undefined ? '' : `\n  ${wait}`;
  return `${run.sync} ${run.id}\n${text.replace(status, style(colour, status))}${waits}`;
}

function hintOf({ status, sync, id, counts, task }: RunView): string | undefined {
  if (status === 'held') {
    const other =
      task.kind === 'mirror'
        ? 'mend the snapshot and run again'
        : `turn it down with audience-mirror cancel ${sync}`;
    return `Nothing was sent. Approve it with audience-mirror approve ${sync}, or ${other}.`;
  }
  if (task.kind === 'adopt' && counts && counts.snapshot.invalid > 0) {
    return `Whose row is invalid was not adopted, so that nobody removes them from the platform. Mend the file, forget what was adopted with audience-mirror reset ${sync}, and adopt it again.`;
  }
  if (status === 'partial' || (counts && failingIn(counts) > 0)) {
    return `See each failed record with audience-mirror logs ${sync} ${id} --failed`;
  }
  return undefined;
}

/** While it waits for its platform: since when, why, and until when. */
export function waitText({ waiting, jobs, deadline }: RunView): string | undefined {
  if (!waiting) return jobs && jobsText(jobs);
  const { since, code, reason, nextAt } = waiting;
  const end = deadline === undefined ? '' : ` It closes at ${clock(deadline)} with what it has.`;
  return `Waiting for the platform since ${clock(since)}; the next request goes at ${clock(nextAt)}.${end}\n  ${code}: ${reason}`;
}

function jobsText({ open, records, since, nextAt, until }: NonNullable<RunView['jobs']>): string {
  return `Waiting for ${counted(open, 'job')} of the platform since ${clock(since)}: ${counted(records, 'change')} accepted, and not yet known. It is asked again at ${clock(nextAt)}, and until ${clock(until)}.`;
}

/** To the second, in UTC. */
const clock = (moment: string): string => `${moment.slice(0, 19).replace('T', ' ')} UTC`;

const tookOf = ({ startedAt, closedAt }: RunView): number =>
  (closedAt === undefined ? Date.now() : Date.parse(closedAt)) - Date.parse(startedAt);

/** Columns of a list of runs. */
export const runColumns = [
  'run',
  'started (UTC)',
  'took',
  'trigger',
  'status',
  'changes',
  'failed',
  'reason',
] as const;

export function runCells(run: RunView): string[] {
  const { id, startedAt, status, phase, waiting, counts, task } = run;
  const what = task.kind === 'mirror' ? '' : ` (${task.kind})`;
  const changes = counts && [counts.insert, counts.reinsert, counts.update, counts.delete];
  const failed = counts && failingIn(counts);
  return [
    id,
    startedAt.slice(0, 19).replace('T', ' '),
    `${(tookOf(run) / 1000).toFixed(1)} s`,
    run.trigger,
    `${status ?? (waiting ? `${phase}, waiting` : phase)}${what}`,
    changes ? String(changes.reduce((sum, by) => sum + total(by), 0)) : '',
    failed ? String(failed) : '',
    reasonOf(run) ?? '',
  ];
}

/** The code of what it ended or waits for, else of what most of its records failed for. */
const reasonOf = ({ error, waiting, reasons, warnings }: RunView): string | undefined =>
  waiting?.code ?? error?.code ?? reasons?.[0]?.code ?? warnings?.[0]?.code;
