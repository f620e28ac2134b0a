/** What the platform is to hold, as rows to be compared with the mirror. */

import { type MirrorObjects, mirrorFormat } from '../contracts/mirror.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';
import type { PlanInput, Wanted } from '../ports/plan-engine.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { checkDialect } from './csv.ts';
import type { Database } from './database.ts';
import { openMirror } from './mirror-table.ts';
import { presentInLines } from './ndjson-columns.ts';
import type { Scratch } from './scratch.ts';
import { findParts } from './snapshot-columns.ts';
import { downloadSnapshot, type SnapshotFile } from './snapshot-files.ts';
import { noRows, type RowScan, type ScanQueries, SnapshotScan } from './snapshot-scan.ts';

export interface WantedRows {
  readonly scan: RowScan;
  /** Files of a snapshot, gone once its rows are read. */
  readonly files: readonly SnapshotFile[];
  /** What the cells of a row are. */
  readonly cells: 'values' | 'record';
  /** Columns that may be missing, and are. */
  readonly lacking: readonly string[];
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
      return { scan: asOne(noRows, async () => 0), files: [], cells: 'values', lacking: [] };
  }
}

async function snapshotRows(
  { snapshots }: WantedStores,
  database: Database,
  { folder }: Scratch,
  { snapshot, reading, mayLack = [] }: Extract<Wanted, { kind: 'snapshot' }>,
  { key, columns, fingerprint }: Question,
): Promise<WantedRows> {
  const { format } = snapshot;
  const { csv } = reading;
  if (format === 'csv') checkDialect(csv);
  const files = await downloadSnapshot(snapshots, snapshot, reading, folder);
  const needed = [...new Set([...key, ...columns])];
  const optional = mayLack.filter((name) => !key.includes(name));
  const parts = await findParts(database, files, { format, reading, needed, mayLack: optional });
  // DuckDB's hash changes between its versions.
  const engine = await database.rows('SELECT version()');
  const version = JSON.stringify([mirrorFormat, 'duckdb', engine, fingerprint]);
  const scan = new SnapshotScan(database, parts, {
    format,
    csv,
    key,
    columns,
    fingerprint: version,
  });
  const present = new Set(
    format === 'ndjson'
      ? await scan.attempt(() => presentInLines(database, parts, needed, optional))
      : parts.flatMap((part) => part.columns),
  );
  const lacking = parts.length === 0 ? [] : optional.filter((name) => !present.has(name));
  // In the order in which the queries number them.
  return { scan, files: parts.flatMap((part) => part.files), cells: 'values', lacking };
}

/** A key whose presence was uncertain has no digest, as one whose rows contradict each other. */
async function mirrorRows(
  { state }: WantedStores,
  database: Database,
  { folder }: Scratch,
  older: MirrorObjects,
): Promise<WantedRows> {
  await openMirror(database, state, older, folder, 'older');
  const digests = `SELECT key, CASE WHEN state <> 'maybe' THEN coalesce(digest, 0) END AS digest,
    NULL::INTEGER AS file, NULL::BIGINT AS row`;
  const queries: ScanQueries = {
    digests: `${digests} FROM older`,
    keys: undefined,
    whole: `${digests}, record AS cells FROM older`,
    cells: (some) =>
      `${digests}, record AS cells FROM older WHERE key IN (SELECT key FROM ${some})`,
  };
  const count = async () => (await database.counts('SELECT count(*) FROM older'))[0];
  return { scan: asOne(queries, count), files: [], cells: 'record', lacking: [] };
}

const asOne = (queries: ScanQueries, count: RowScan['count']): RowScan => ({
  count,
  attempt: (step) => step(queries),
  header: async () => undefined,
  headerTwice: () => new InvariantError('A mirror has no header.'),
});
