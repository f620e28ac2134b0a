/** The columns of a CSV snapshot's first file, without DuckDB, which takes longer to start than this takes. */
import { join } from 'node:path';
import type { Snapshot } from '../contracts/snapshot.ts';
import type { Reading } from '../contracts/sync.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { checkDialect } from './csv.ts';
import { csvSchema } from './csv-schema.ts';
import { checkColumns } from './schema.ts';
import { openScratch } from './scratch.ts';
import { noPartitions } from './snapshot-files.ts';
import { textHead } from './snapshot-head.ts';

/** None of a snapshot without bytes. @throws SnapshotError; ConfigurationError `csv-dialect` */
export async function csvColumns(
  stores: { readonly snapshots: SnapshotStore; readonly scratch: string },
  snapshot: Snapshot,
  { csv }: Reading,
): Promise<readonly string[]> {
  checkDialect(csv);
  const object = snapshot.objects.find(({ size }) => size > 0);
  if (!object) return [];
  const scratch = await openScratch(stores.scratch, 'sample');
  try {
    const path = join(scratch.folder, 'head');
    await textHead({ store: stores.snapshots, snapshot, object, path }, csv);
    const schema = await csvSchema({ object: object.key, path, partitions: noPartitions }, csv, []);
    checkColumns([schema], { format: 'csv', needed: [], mayLack: [] });
    return schema.columns;
  } finally {
    await scratch.remove();
  }
}
