/**
 * Finds what differs between what the platform is to hold and the mirror.
 *
 * A snapshot is read twice: once for key and digest of every row, once for the values of those rows that the
 * digests could not settle. In between only keys and digests are held, and DuckDB spills what exceeds its memory.
 */

import type { StateStore } from '../ports/objects.ts';
import type { PlanEngine, PlanInput, PlanSession } from '../ports/plan-engine.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { DuckDbPlanSession } from './plan-session.ts';
import { checkRoom, type FreeBytes, freeBytes } from './room.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { list, literal } from './sql.ts';
import { openWanted } from './wanted-rows.ts';

export interface PlanEngineOptions extends DatabaseLimits {
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
  /** Folder for files in passing; each session has its own below it. */
  readonly scratch: string;
  /** @default what the file system says */
  readonly freeBytes?: FreeBytes;
}

/** From here on it takes longer to look for what columns have in common than to read them. */
const wideColumns = 100;

/** Plans in DuckDB, over local copies of the snapshot and the mirror. */
export function createPlanEngine(options: PlanEngineOptions): PlanEngine {
  return {
    open: async (input) => {
      const isWide = input.columns.length > wideColumns;
      const { database, scratch, close } = await openDatabase({ ...options, isWide });
      try {
        return await openSession(database, options, input, scratch);
      } catch (error) {
        await close();
        throw error;
      }
    },
    find: async ({ snapshot, reading, key, sought }) => {
      const { database, scratch, close } = await openDatabase(options);
      try {
        await checkRoom(scratch.folder, options.freeBytes ?? freeBytes, snapshot, undefined);
        const wanted = { kind: 'snapshot', snapshot, reading } as const;
        const question = { key, columns: [], fingerprint: '' };
        const { scan } = await openWanted(options, database, scratch, wanted, question);
        const [found = 0] = await scan.attempt(({ digests }) =>
          database.counts(`SELECT count(DISTINCT key) FROM (${digests})
            WHERE key IN (SELECT unnest(${list(sought.map(literal))}::VARCHAR[]))`),
        );
        return found;
      } finally {
        await close();
      }
    },
  };
}

async function openDatabase(options: PlanEngineOptions) {
  const scratch = await openScratch(options.scratch, 'plan');
  try {
    const database = await Database.open(scratch.folder, options);
    const close = async () => {
      database.close();
      await scratch.remove();
    };
    return { database, scratch, close };
  } catch (error) {
    await scratch.remove();
    throw error;
  }
}

async function openSession(
  database: Database,
  options: PlanEngineOptions,
  { mirror, wanted, ...input }: PlanInput,
  scratch: Scratch,
): Promise<PlanSession> {
  const { state } = options;
  if (wanted.kind === 'snapshot') {
    await checkRoom(scratch.folder, options.freeBytes ?? freeBytes, wanted.snapshot, mirror);
  }
  const rows = await openWanted(options, database, scratch, wanted, input);
  const { retryFailed, full = false } = input;
  return await DuckDbPlanSession.start({
    database,
    rows,
    mirror,
    scratch,
    state,
    retryFailed,
    full,
    only: wanted.kind === 'nobody' ? wanted.only : undefined,
  });
}
