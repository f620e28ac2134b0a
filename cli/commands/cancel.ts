/** `cancel`: ends a run that is open; one that is held cannot be approved any more. */
import { z } from 'zod';
import { actOnRun } from '../api/runs.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import { newestRun } from '../newest-run.ts';
import type { Session } from '../session.ts';

const Given = z.object({ args: z.tuple([z.string(), z.string().optional()]) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, named],
  } = readGiven(Given, given);
  const api = await session.api();
  const id =
    named ??
    (await newestRun(api, sync, 'open or held', ({ phase, status }) =>
      phase === 'closed' ? status === 'held' : true,
    ));
  const cancelled = await actOnRun(api, sync, id, 'cancel');
  await session.result(cancelled, () =>
    cancelled.phase === 'closed'
      ? `Cancelled the run ${id}.`
      : `Cancelling the run ${id}: what is under way settles first.`,
  );
  return exit.done;
}
