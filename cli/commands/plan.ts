/** `plan`: a dry run. It plans what a run would do now and reports it; nothing is sent. */
import { z } from 'zod';
import type { Api } from '../api/client.ts';
import { startRun } from '../api/runs.ts';
import { type ExitCode, exit } from '../exit.ts';
import { follow } from '../follow.ts';
import { readGiven } from '../given.ts';
import { tellRun } from '../run-report.ts';
import type { Session } from '../session.ts';

const Given = z.object({ args: z.tuple([z.string()]), full: z.boolean().default(false) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync],
    full,
  } = readGiven(Given, given);
  return plan(session, await session.api(), sync, full);
}

export async function plan(
  session: Session,
  api: Api,
  sync: string,
  full: boolean,
): Promise<ExitCode> {
  const started = await startRun(api, sync, { dryRun: true, full });
  const over = await follow(session, api, sync, started.id);
  if (over.status !== 'succeeded') return tellRun(session, over);
  await tellRun(session, over);
  return exit.done;
}
