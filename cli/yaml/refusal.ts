/** What the API refuses of documents, told at its place in their files. */
import { ApiRefusal } from '../api/client.ts';
import { FilesRefused } from '../files.ts';
import type { DestinationEntry, SyncEntry } from './read.ts';

export type Entry = DestinationEntry | SyncEntry;

/** A problem goes to the destination among the entries where its path leads there, else to the first of them. */
export async function locateRefusal<T>(
  entries: readonly (Entry | undefined)[],
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.problems.length === 0) throw error;
    const destination = entries.find((entry) => entry?.kind === 'destination');
    throw new FilesRefused(
      error.problems.map((problem) => {
        const isBelow = /^destination[.[]/.test(problem.path);
        return ((isBelow ? destination : undefined) ?? entries[0])?.locate(problem) ?? problem;
      }),
    );
  }
}
