/** What the API refuses of a document, told at its place in the file. */

import { ApiRefusal } from '../api/client.ts';
import type { PlannedChange } from '../apply-plan.ts';
import { FilesRefused } from '../files.ts';

/** A sync's problem may stand in its destination: it is told there where the files hold that one. */
export async function locateRefusal(
  changes: readonly PlannedChange[],
  { entry }: PlannedChange,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.problems.length === 0) throw error;
    throw new FilesRefused(
      error.problems.map((problem) => {
        const isBelow = entry.kind === 'sync' && problem.path.startsWith('destination.');
        const other = isBelow
          ? changes.find(({ kind, id }) => kind === 'destination' && id === entry.input.destination)
          : undefined;
        return (other?.entry ?? entry).locate(problem);
      }),
    );
  }
}
