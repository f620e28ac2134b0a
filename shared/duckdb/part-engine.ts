/** Plans in parts, in DuckDB: the same session over what was handed over. */
import { join } from 'node:path';
import type { StateStore } from '../ports/objects.ts';
import type { PartEngine, PartInput, PartSession, PartTarget } from '../ports/part-engine.ts';
import type { SnapshotStore } from '../ports/snapshots.ts';
import { Database, type DatabaseLimits } from './database.ts';
import { contentOf } from './file-content.ts';
import { fetch, openEntries, openHanded, selectRaws } from './handed-rows.ts';
import { DuckDbIdentitySession } from './identity-session.ts';
import { entryOf } from './mirror-table.ts';
import { DuckDbPlanSession } from './plan-session.ts';
import { readGroups } from './row-groups.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { asParquet, fromParquet, literal } from './sql.ts';

export interface PartEngineOptions extends DatabaseLimits {
  readonly snapshots: SnapshotStore;
  readonly state: StateStore;
  /** Folder for files in passing; each piece of work has its own below it. */
  readonly scratch: string;
}

export function createPartEngine(options: PartEngineOptions): PartEngine {
  /** @param work frees what it opened, where it succeeds */
  const opened = async <T>(work: (database: Database, scratch: Scratch) => Promise<T>) => {
    const scratch = await openScratch(options.scratch, 'part');
    let database: Database | undefined;
    try {
      database = await Database.open(scratch.folder, options);
      return await work(database, scratch);
    } catch (error) {
      database?.close();
      await scratch.remove();
      throw error;
    }
  };
  return {
    groups: (question) =>
      opened(async (database, scratch) => {
        const groups = await readGroups(database, options.snapshots, scratch.folder, question);
        database.close();
        await scratch.remove();
        return groups;
      }),
    counts: (objects) =>
      opened(async (database, { folder, remove }) => {
        const files = await fetch(options.state, objects, join(folder, 'counts'));
        const from = fromParquet(files.map(({ path }) => path));
        const counted =
          files.length > 0 ? await database.rows(`SELECT file, rows, keyed FROM ${from}`) : [];
        database.close();
        await remove();
        return counted.map(([file, rows, keyed]) => ({
          file: String(file),
          rows: Number(rows),
          keyed: Number(keyed),
        }));
      }),
    open: (input) =>
      opened((database, scratch) => openPart(database, options.state, scratch, input)),
    openIdentities: (objects) =>
      opened((database, scratch) =>
        DuckDbIdentitySession.start(database, options.state, scratch, objects),
      ),
  };
}

async function openPart(
  database: Database,
  state: StateStore,
  scratch: Scratch,
  input: PartInput,
): Promise<PartSession> {
  const { folder } = scratch;
  const rows = await openHanded(database, state, folder, input);
  const mirror = await openEntries(database, state, folder, input.entries);
  const raws = join(folder, 'raws.parquet');
  await database.run(`COPY (${selectRaws}) TO ${literal(raws)} ${asParquet()}`);
  const session = await DuckDbPlanSession.start({
    database,
    rows,
    mirror,
    scratch,
    state,
    retryFailed: input.retryFailed,
    full: true,
    only: undefined,
  });
  return {
    get statistics() {
      return session.statistics;
    },
    candidates: () => session.candidates(),
    append: (some) => session.append(some),
    propose: (removals) => session.propose(removals),
    finish: (target) => finish(database, state, session, { ...target, raws, folder }),
    close: () => session.close(),
  };
}

async function finish(
  database: Database,
  state: StateStore,
  session: DuckDbPlanSession,
  { plan, proposals, leaving, raws, folder }: PartTarget & { raws: string; folder: string },
): ReturnType<PartSession['finish']> {
  const content = await session.finish(plan, `FROM read_parquet(${literal(raws)})`);
  const proposed = session.proposed;
  if (!proposed) return { content, proposed: 0 };
  await proposed.flush();
  const put = async (query: string, location: string, name: string) => {
    const file = join(folder, name);
    await database.run(`COPY (${query}) TO ${literal(file)} ${asParquet()}`);
    await contentOf(file);
    await state.upload(location, file);
  };
  await put(
    'SELECT key, is_delete, record, identity FROM proposal',
    proposals,
    'proposals.parquet',
  );
  await put(selectLeaving, leaving, 'leaving.parquet');
  const [count = 0] = await database.counts('SELECT count(*) FROM proposal');
  return { content, proposed: count };
}

const selectLeaving = `SELECT entry.key, ${entryOf('entry')} AS was FROM entry
  SEMI JOIN (SELECT key FROM proposal WHERE is_delete) AS proposal ON proposal.key = entry.key`;
