/**
 * Finds what differs between a snapshot and the mirror.
 *
 * The snapshot is read twice: once for key and digest of every row, once for the values of those rows that the
 * digests could not settle. In between only keys and digests are held, and DuckDB spills what exceeds its memory.
 */
import { join } from 'node:path';
import { ConfigurationError } from '../domain/errors.ts';
import type { PlanEngine, PlanInput, PlanSession, SnapshotStore, StateStore } from '../ports.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { createMirrorView } from './mirror-table.ts';
import { checkNdjsonColumns } from './ndjson-columns.ts';
import { DuckDbPlanSession } from './plan-session.ts';
import { PlanTable } from './plan-table.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { findParts } from './snapshot-columns.ts';
import { downloadSnapshot, type SnapshotFile } from './snapshot-files.ts';
import { SnapshotScan } from './snapshot-scan.ts';

export interface PlanEngineOptions extends DatabaseLimits {
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
  /** Folder for files in passing; each session has its own below it. */
  readonly scratch: string;
}

interface Fetched {
  /** Undefined: there is none yet. */
  readonly mirror: string | undefined;
  readonly files: readonly SnapshotFile[];
}

/** Plans in DuckDB, over local copies of the snapshot and the mirror. */
export function createPlanEngine(options: PlanEngineOptions): PlanEngine {
  return {
    open: async (input) => {
      checkDialect(input);
      const scratch = await openScratch(options.scratch, 'plan');
      let database: Database | undefined;
      try {
        const files = await fetch(options, input, scratch);
        database = await Database.open(scratch.folder, options);
        return await openSession(database, options, input, scratch, files);
      } catch (error) {
        database?.close();
        await scratch.remove();
        throw error;
      }
    },
  };
}

function checkDialect({ snapshot, csv }: PlanInput): void {
  if (snapshot.format !== 'csv') return;
  const wrong =
    csv.quote > '\x7f' || csv.quote === csv.delimiter || /[\r\n\0]/.test(csv.quote + csv.delimiter);
  if (!wrong) return;
  throw new ConfigurationError(
    'csv-dialect',
    'CSV needs an ASCII character as quote and another character as delimiter, none of them a line end. Change the csv settings of the sync.',
  );
}

async function fetch(
  { snapshots, state }: PlanEngineOptions,
  { snapshot, mirror }: PlanInput,
  { folder }: Scratch,
): Promise<Fetched> {
  const path = mirror && join(folder, 'mirror.parquet');
  if (mirror && path) await state.download(mirror.location, path);
  return { mirror: path, files: await downloadSnapshot(snapshots, snapshot, folder) };
}

async function openSession(
  database: Database,
  { state }: PlanEngineOptions,
  { snapshot, csv, key, columns, fingerprint, retryFailed }: PlanInput,
  scratch: Scratch,
  { mirror, files }: Fetched,
): Promise<PlanSession> {
  const { format } = snapshot;
  const needed = [...new Set([...key, ...columns])];
  const parts = await findParts(database, files, { format, csv, needed });
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
    for (const part of parts) await scan.attempt(() => checkNdjsonColumns(database, part));
  }
  await database.run(createMirrorView(mirror));
  const plan = await PlanTable.create(database);
  return await DuckDbPlanSession.start({
    database,
    scan,
    plan,
    scratch,
    state,
    files,
    retryFailed,
  });
}
