/** `backup`: a copy of all that the system on this machine keeps. */
import { z } from 'zod';
import { backUp } from '../../local/direct/backup.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';

const Given = z.object({ args: z.tuple([z.string()]) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const [to] = readGiven(Given, given).args;
  await backUp(session.folder, session.absolute(to));
  await session.result(
    { backup: to },
    () =>
      `Copied ${session.shown(session.folder)} to ${to}. It holds members and secrets: keep it as you keep those.`,
  );
  return exit.done;
}
