/** `restore`: makes the folder of the system on this machine what a backup was. */
import { z } from 'zod';
import { takeBack } from '../../local/direct/backup.ts';
import { confirm } from '../confirm.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';

const Given = z.object({ args: z.tuple([z.string()]), yes: z.boolean().default(false) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [from],
    yes,
  } = readGiven(Given, given);
  await confirm(
    session,
    yes,
    'What was sent since the backup is not in it: whoever was added to a platform since then, and has left the export, stays there.',
  );
  const { aside } = await takeBack(session.folder, session.absolute(from));
  await session.result({ restored: from, aside }, () =>
    [
      `${session.shown(session.folder)} is what ${from} was.`,
      ...(aside === undefined ? [] : [`What was there lies in ${session.shown(aside)}.`]),
      'Next: take up what the platforms hold now (npx --no-install audience-mirror adopt), or send everything again (npx --no-install audience-mirror run SYNC --full).',
    ].join('\n'),
  );
  return exit.done;
}
