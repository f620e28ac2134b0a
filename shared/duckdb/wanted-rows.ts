/** What the platform is to hold, as rows to be compared with the mirror. */

import type { MirrorObjects } from '../contracts/mirror.ts';
import type { StateStore } from '../ports/objects.ts';
import type { PlanInput, Wanted } from '../ports/plan-engine.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { checkDialect } from './csv.ts';
import type { Database } from './database.ts';
import { openMirror } from './mirror-table.ts';
import { checkNdjsonColumns } from './ndjson-columns.ts';
import type { Scratch } from './scratch.ts';
import { findParts } from './snapshot-columns.ts';
import { downloadSnapshot, type SnapshotFile } from './snapshot-files.ts';
import { noRows, type RowScan, SnapshotScan } from './snapshot-scan.ts';

export interface WantedRows {
  readonly scan: RowScan;
  /** Files of a snapshot, gone once its rows are read. */
  readonly files: readonly SnapshotFile[];
  /** What the cells of a row are. */
  readonly cells: 'values' | 'record';
}

export interface WantedStores {
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
}

type Question = Pick<PlanInput, 'key' | 'columns' | 'fingerprint'>;

/** Downloads what the rows are read from. @throws SnapshotError, ConfigurationError `csv-dialect` */
export async function openWanted(
  stores: WantedStores,
  database: Database,
  scratch: Scratch,
  wanted: Wanted,
  question: Question,
): Promise<WantedRows> {
  switch (wanted.kind) {
    case 'snapshot':
      return snapshotRows(stores, database, scratch, wanted, question);
    case 'mirror':
      return mirrorRows(stores, database, scratch, wanted.mirror);
    case 'nobody':
      return { scan: asOne({ digests: noRows, cells: noRows }), files: [], cells: 'values' };
  }
}

async function snapshotRows(
  { snapshots }: WantedStores,
  database: Database,
  { folder }: Scratch,
  { snapshot, csv, mayLack = [] }: Extract<Wanted, { kind: 'snapshot' }>,
  { key, columns, fingerprint }: Question,
): Promise<WantedRows> {
  const { format } = snapshot;
  if (format === 'csv') checkDialect(csv);
  const files = await downloadSnapshot(snapshots, snapshot, folder);
  const needed = [...new Set([...key, ...columns])];
  const parts = await findParts(database, files, { format, csv, needed, mayLack });
  // DuckDB's hash changes between its versions.
  const version = JSON.stringify([fingerprint, ...(await database.rows('SELECT version()'))]);
  const scan = new SnapshotScan(database, parts, {
    format,
    csv,
    key,
    columns,
    fingerprint: version,
  });
  if (format === 'ndjson') {
    for (const part of parts) await scan.attempt(() => checkNdjsonColumns(database, part, mayLack));
  }
  return { scan, files, cells: 'values' };
}

/** A key whose presence was uncertain has no digest, as one whose rows contradict each other. */
async function mirrorRows(
  { state }: WantedStores,
  database: Database,
  { folder }: Scratch,
  older: MirrorObjects,
): Promise<WantedRows> {
  await openMirror(database, state, older, folder, 'older');
  const scan = asOne({
    digests: `SELECT key, CASE WHEN state <> 'maybe' THEN coalesce(digest, 0) END AS digest,
      NULL::VARCHAR AS filename FROM older`,
    cells: 'SELECT key, record AS cells FROM older',
  });
  return { scan, files: [], cells: 'record' };
}

const asOne = (queries: Parameters<Parameters<RowScan['attempt']>[0]>[0]): RowScan => ({
  attempt: (step) => step(queries),
  refuseHeaders: async () => {},
});
