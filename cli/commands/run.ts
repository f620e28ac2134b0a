/** `run`: starts a run, and waits for its end where that is asked. */
import { z } from 'zod';
import { startRun } from '../api/runs.ts';
import type { ExitCode } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { tellStarted } from '../started.ts';

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
  return tellStarted(session, api, await startRun(api, sync, { full }), wait);
}
