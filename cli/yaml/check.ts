/** What can be said of files without a system: the checks that save and run make, as far as they need no world. */

import { recordTools } from '../../local/record-tools.ts';
import type { TargetPolicy } from '../../shared/domain/platform/target.ts';
import { checkDestination } from '../../shared/domain/settings/destination-check.ts';
import { checkSyncAt } from '../../shared/domain/settings/sync-check.ts';
import { nearest } from '../../shared/domain/words/near.ts';
import type { DestinationEntry, Documents, SyncEntry, ToldProblem } from './read.ts';

export interface Findings {
  readonly problems: readonly ToldProblem[];
  /** Worth a look; nothing is sent wrong for it. */
  readonly warnings: readonly ToldProblem[];
}

/** Syncs whose destination is not in the files are not looked at: only a system knows that one. A destination is, alone too. */
export function checkDocuments(
  { destinations, syncs }: Pick<Documents, 'destinations' | 'syncs'>,
  targets: TargetPolicy,
): Findings {
  const found = syncs.map((sync) => {
    const destination = destinations.find(({ input }) => input.id === sync.input.destination);
    return destination ? checkTogether(destination, sync, targets) : unknown(sync, destinations);
  });
  const alone = destinations.flatMap((destination) =>
    checkDestination({ ...destination.input, version }, { records: recordTools, targets }).map(
      destination.locate,
    ),
  );
  return {
    problems: distinct([...alone, ...found.flatMap(({ problems }) => problems)]),
    warnings: distinct(found.flatMap(({ warnings }) => warnings)),
  };
}

/** Only a system knows it; but one of the files may be meant. */
function unknown({ input, locate }: SyncEntry, entries: readonly DestinationEntry[]): Findings {
  const ids = entries.map(({ input: { id } }) => id);
  const near = nearest(input.destination, ids);
  if (near === undefined) return nothing;
  const message = `No destination of these files has the id "${input.destination}". Did you mean ${near}?`;
  const warning = locate({ path: 'destination', code: 'destination-unknown', message });
  return { problems: [], warnings: [warning] };
}

const nothing: Findings = { problems: [], warnings: [] };

/** What is saved gets its version from the system. */
const version = 1;

function checkTogether(
  destination: DestinationEntry,
  sync: SyncEntry,
  targets: TargetPolicy,
): Findings {
  const found = checkSyncAt(
    { ...destination.input, version },
    { ...sync.input, version },
    { records: recordTools, targets },
  );
  const locate = (problem: { path: string; code: string; message: string }) =>
    (problem.path.startsWith('destination.') ? destination : sync).locate(problem);
  const problems = found.problems.map(locate);
  const warnings = found.warnings.map(locate);
  // One that is disabled may be unfinished.
  return sync.input.enabled
    ? { problems, warnings }
    : { problems: [], warnings: [...problems, ...warnings] };
}

/** A destination's problem shows with each of its syncs. */
function distinct(problems: readonly ToldProblem[]): ToldProblem[] {
  const byText = problems.map((problem) => [JSON.stringify(problem), problem] as const);
  return [...new Map(byText).values()];
}
