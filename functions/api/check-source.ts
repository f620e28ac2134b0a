/** Whether a sync's source is what it says: a snapshot is there, and has the key and the mapped columns. */

import type { Sync } from '../../shared/contracts/sync.ts';
import { listed } from '../../shared/domain/words/capped.ts';
import { ConfigurationError, SnapshotError } from '../../shared/domain/words/errors.ts';
import { didYouMean } from '../../shared/domain/words/near.ts';
import { type ConfigurationProblem, pathTo } from '../../shared/domain/words/problem.ts';
import { newestSnapshot } from '../../shared/flow/newest-snapshot.ts';
import type { SnapshotSample } from '../../shared/ports/snapshots.ts';
import type { ApiPorts } from './ports.ts';

export interface SourceFindings {
  readonly problems: readonly ConfigurationProblem[];
  readonly warnings: readonly ConfigurationProblem[];
}

/**
 * Looks at the beginning of the snapshot's first file, and no further.
 * @param essential mapped columns that runs cannot do without; undefined: all of them
 */
export async function checkSource(
  ports: ApiPorts,
  sync: Sync,
  essential: readonly string[] | undefined,
): Promise<SourceFindings> {
  try {
    const { marker } = await ports.runs.getState(sync.id);
    const snapshot = await newestSnapshot(ports, sync.source, marker);
    const sample = await ports.sampler.sample(snapshot, sync.source, 0);
    const missing = missingColumns(sync, sample);
    const isNeeded = ({ column }: Needed) =>
      !essential || sync.key.includes(column) || essential.includes(column);
    const refused = sample.isComplete ? missing.filter(isNeeded) : [];
    return {
      problems: refused.map(({ problem }) => problem),
      warnings: missing.filter((each) => !refused.includes(each)).map(({ problem }) => problem),
    };
  } catch (error) {
    if (!(error instanceof SnapshotError || error instanceof ConfigurationError)) throw error;
    const { code, message } = error;
    return { problems: [{ path: 'source', code, message }], warnings: [] };
  }
}

interface Needed {
  readonly path: string;
  readonly column: string;
}

function missingColumns(
  sync: Sync,
  { columns, isComplete }: SnapshotSample,
): (Needed & { readonly problem: ConfigurationProblem })[] {
  const names = columns.map(({ name }) => name);
  const needed = neededColumns(sync);
  // Where none is there, what is there may be the cells of a file without a header line.
  const areNames = needed.some(({ column }) => names.includes(column));
  const there = areNames ? ` It has ${listed(names)}.` : '';
  const where = isComplete ? 'has no column' : 'has, in the lines looked at, no column';
  return needed
    .filter(({ column }) => !names.includes(column))
    .map(({ path, column }) => ({
      path,
      column,
      problem: {
        path,
        code: 'column-missing',
        message: `The newest snapshot ${where} ${JSON.stringify(column)}.${there}${didYouMean(column, names)} Name another column, or add it to the export.`,
      },
    }));
}

function neededColumns({ key, mappings }: Sync): Needed[] {
  return [
    ...key.map((column, at) => ({ path: `key[${at}]`, column })),
    ...Object.entries(mappings).flatMap(([field, mapping]) =>
      'column' in mapping ? [{ path: pathTo('mappings', field), column: mapping.column }] : [],
    ),
  ];
}
