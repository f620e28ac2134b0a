/** `run`: starts a run, and waits for its end where that is asked. */
import { z } from 'zod';
import { startRun } from '../api/runs.ts';
import { type ExitCode, exit } from '../exit.ts';
import { follow } from '../follow.ts';
import { readGiven } from '../given.ts';
import { tellRun } from '../run-report.ts';
import type { Session } from '../session.ts';

const Given = z.object({
  args: z.tuple([z.string()]),
  wait: z.boolean().default(false),
  full: z.boolean().default(false),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync],
    wait,
    full,
  } = readGiven(Given, given);
  const api = await session.api();
  const started = await startRun(api, sync, { full });
  if (wait) return tellRun(session, await follow(session, api, sync, started.id));
  await session.result(started, () => `Started the run ${started.id} of ${sync}.`);
  if (!session.json) {
    await session.terminal.note(`See it with audience-mirror runs ${sync} ${started.id}`);
  }
  return exit.done;
}
