/** `runs`: the runs of a sync, or one of them. */
import { z } from 'zod';
import { firstOf } from '../api/pages.ts';
import { listRuns, readRun } from '../api/runs.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import { runCells, runColumns, tellRun } from '../run-report.ts';
import type { Session } from '../session.ts';
import { tableOf } from '../table.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.string().optional()]),
  limit: z.coerce.number().int().min(1),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, id],
    limit,
  } = readGiven(Given, given);
  const api = await session.api();
  if (id !== undefined) {
    await tellRun(session, await readRun(api, sync, id));
    return exit.done;
  }
  const runs = await firstOf(limit, listRuns(api, sync));
  await session.result(runs, () =>
    runs.length === 0
      ? `The sync "${sync}" has no run yet.`
      : tableOf(session.terminal, runColumns, runs.map(runCells)),
  );
  return exit.done;
}
