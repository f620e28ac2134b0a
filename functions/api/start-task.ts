/** Starts a run of a sync by hand, with its entry in the audit trail. */

import type { RunTask } from '../../shared/contracts/task.ts';
import { openRun } from '../../shared/flow/start-run.ts';
import type { Caller } from './access.ts';
import { audited } from './audited.ts';
import type { ApiPorts } from './ports.ts';
import { notFound } from './problem.ts';
import { type RunView, runView } from './run-view.ts';

/** The run as it was opened, or skipped where another is open. @throws Refusal 404 where there is no such sync */
export async function startTask(
  ports: ApiPorts,
  caller: Caller,
  sync: string,
  task: RunTask,
): Promise<RunView> {
  if (!(await ports.configs.getSync(sync))) throw notFound(`sync "${sync}"`);
  const run = ports.ids.next();
  const open = { sync, run, trigger: 'manual' as const, task, startedAt: ports.clock.now() };
  const thing = `${sync}/${run}`;
  const change = { what: 'run-started', kind: 'run' as const, thing, after: { task } };
  await audited(ports, caller, change, () => openRun(ports, open));
  const opened = await ports.runs.getRun(sync, run);
  if (!opened) throw notFound(`run "${run}" of the sync "${sync}"`);
  return runView(opened);
}
