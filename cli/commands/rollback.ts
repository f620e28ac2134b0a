/** `rollback`: makes the platform equal to what an earlier run left. */
import { z } from 'zod';
import { startRepair } from '../api/repair.ts';
import { readRun } from '../api/runs.ts';
import { confirm } from '../confirm.ts';
import type { ExitCode } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { tellStarted } from '../started.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.string()]),
  wait: z.boolean().default(false),
  yes: z.boolean().default(false),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, to],
    wait,
    yes,
  } = readGiven(Given, given);
  const api = await session.api();
  const { startedAt } = await readRun(api, sync, to);
  const moment = startedAt.slice(0, 16).replace('T', ' ');
  await confirm(
    session,
    yes,
    `The audience of the sync "${sync}" goes back to what the run of ${moment} (UTC) left.`,
  );
  return tellStarted(session, api, await startRepair(api, sync, 'rollback', { to }), wait);
}
