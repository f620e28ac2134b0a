/** What is told of a run that a command has started. */
import type { Api } from './api/client.ts';
import type { RunView } from './api/runs.ts';
import { type ExitCode, exit } from './exit.ts';
import { follow } from './follow.ts';
import { tellRun } from './run-report.ts';
import type { Session } from './session.ts';

/** The code is that of the run's end where it is waited for, or ended at once: as one that is skipped. */
export async function tellStarted(
  session: Session,
  api: Api,
  run: RunView,
  wait: boolean,
  told = `Started the run ${run.id} of ${run.sync}.`,
): Promise<ExitCode> {
  const { sync, id, phase } = run;
  if (phase === 'closed') return tellRun(session, run);
  if (wait) return tellRun(session, await follow(session, api, sync, id));
  await session.result(run, () => told);
  if (!session.json) await session.terminal.note(`See it with audience-mirror runs ${sync} ${id}`);
  return exit.done;
}
