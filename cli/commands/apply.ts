/** `apply`: makes what is saved equal to the files. What is the same is left alone. */
import { z } from 'zod';
import { applyChanges } from '../apply-changes.ts';
import { type PlannedChange, planChanges, tellChange } from '../apply-plan.ts';
import { type ExitCode, exit } from '../exit.ts';
import { FilesRefused, loadDocuments } from '../files.ts';
import { foresee } from '../foresee.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { targetsOf } from '../targets.ts';
import { checkDocuments } from '../yaml/check.ts';

const Given = z.object({
  file: z.array(z.string()).min(1),
  dryRun: z.boolean().default(false),
  secrets: z.boolean().default(false),
  members: z.enum(['leave']).optional(),
  shared: z.enum(['allow']).optional(),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const { file, dryRun, secrets, ...ground } = readGiven(Given, given);
  const documents = await loadDocuments(session, file);
  // Its warnings are told by the system, for what it saves.
  const { problems } = checkDocuments(documents, targetsOf(session));
  if (problems.length > 0) throw new FilesRefused(problems);
  const api = await session.api();
  const changes = await planChanges(session, api, documents, secrets ? 'all' : 'missing');
  if (!session.json)
    for (const each of changes) await session.terminal.print(tellChange(session, each));
  if (dryRun) await foresee(session, api, changes, ground).catch(withHint(session, file));
  else await applyChanges(session, api, changes, ground).catch(withHint(session, file));
  await session.result({ applied: !dryRun, changes: changes.map(shown) }, () =>
    summaryOf(changes, dryRun),
  );
  return exit.done;
}

/** In the embedded system there is no warehouse that exports. */
const withHint =
  (session: Session, files: readonly string[]) =>
  (error: unknown): never => {
    const isEmpty =
      error instanceof FilesRefused && error.problems.some(({ code }) => code === 'prefix-empty');
    if (!isEmpty || !session.isEmbedded) throw error;
    throw new FilesRefused(
      error.problems,
      `Put a snapshot there with audience-mirror snapshot FILE -f ${files.join(' -f ')}, and apply again.`,
    );
  };

function summaryOf(changes: readonly PlannedChange[], dryRun: boolean): string {
  const count = (what: PlannedChange['what']) =>
    `${changes.filter((change) => change.what === what).length} ${what}`;
  const counts = `${count('new')}, ${count('changed')}, ${count('unchanged')}`;
  return dryRun ? `Dry run, nothing was saved: ${counts}.` : `Applied: ${counts}.`;
}

const shown = ({ kind, id, what, differences, secrets }: PlannedChange) => ({
  kind,
  id,
  what,
  differences,
  secrets,
});
