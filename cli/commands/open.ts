/** `open`: the console in the browser, signed in where it runs on this machine. */
import { z } from 'zod';
import { openInBrowser } from '../../local/browser.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';

const Given = z.object({ print: z.boolean().default(false) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const { print } = readGiven(Given, given);
  const link = await session.consoleLink();
  await session.result({ link }, () => link);
  if (!print && session.world.stdout.isTerminal) openInBrowser(link);
  return exit.done;
}
