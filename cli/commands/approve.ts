/** `approve`: lets a held run go on, as a run of its own. */
import { z } from 'zod';
import { actOnRun } from '../api/runs.ts';
import type { ExitCode } from '../exit.ts';
import { readGiven } from '../given.ts';
import { newestRun } from '../newest-run.ts';
import type { Session } from '../session.ts';
import { tellStarted } from '../started.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.string().optional()]),
  wait: z.boolean().default(false),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, named],
    wait,
  } = readGiven(Given, given);
  const api = await session.api();
  const held = named ?? (await newestRun(api, sync, 'held', ({ status }) => status === 'held'));
  const started = await actOnRun(api, sync, held, 'approve');
  const told = `Approved the run ${held}: the run ${started.id} goes on in its place.`;
  return tellStarted(session, api, started, wait, told);
}
