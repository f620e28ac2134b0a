/** `validate`: everything that is wrong with files, at once and with its place. */
import { z } from 'zod';
import { type ExitCode, exit } from '../exit.ts';
import { FilesRefused, loadDocuments } from '../files.ts';
import { readGiven } from '../given.ts';
import { tellProblem } from '../problems.ts';
import type { Session } from '../session.ts';
import { targetsOf } from '../targets.ts';
import { checkDocuments } from '../yaml/check.ts';

const Given = z.object({ file: z.array(z.string()).min(1) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const { file } = readGiven(Given, given);
  const documents = await loadDocuments(session, file);
  const { problems, warnings } = checkDocuments(documents, targetsOf(session));
  for (const warning of warnings) {
    await session.terminal.note(tellProblem(session.terminal, warning, 'yellow'));
  }
  if (problems.length > 0) throw new FilesRefused(problems);
  const count = (list: readonly unknown[], word: string) =>
    `${list.length} ${word}${list.length === 1 ? '' : 's'}`;
  const { destinations, syncs } = documents;
  await session.result(
    { destinations: destinations.length, syncs: syncs.length, warnings },
    () => `${count(destinations, 'destination')} and ${count(syncs, 'sync')} are valid.`,
  );
  return exit.done;
}
