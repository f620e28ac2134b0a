/** One plan in the making. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { MirrorObjects } from '../contracts/mirror.ts';
import type { Candidate, PlanRow } from '../domain/plan/plan.ts';
import type { JudgedRemoval, Removal } from '../domain/plan/removal.ts';
import type { PlanStatistics } from '../domain/plan/statistics.ts';
import type { StateStore } from '../ports/objects.ts';
import type { PlanSession } from '../ports/plan-engine.ts';
import { decodeCandidates } from './candidate-rows.ts';
import type { Database } from './database.ts';
import { openMirror } from './mirror-table.ts';
import { PlanTable } from './plan-table.ts';
import { RemovalTable } from './removal-table.ts';
import type { Scratch } from './scratch.ts';
import type { ScanQueries } from './snapshot-scan.ts';
import { list, literal, shielded } from './sql.ts';
import type { WantedRows } from './wanted-rows.ts';

/**
 * Table `found`: one row for each key that is wanted, and one for each file with rows that have none.
 * `digest` is NULL where the rows of a key contradict each other.
 */
const createFound = ({ digests }: ScanQueries) => `
  CREATE OR REPLACE TABLE found AS
  SELECT key, CASE WHEN key IS NULL THEN filename END AS file, count(*) AS n,
    CASE WHEN min(digest) = max(digest) THEN min(digest) END AS digest
  FROM (${digests}) GROUP BY ALL`;

/** Table `candidate`: the keys the digests do not settle. `n` is NULL where the key is not wanted. */
const createCandidate = ({ retryFailed, full, only }: SessionParts) => `
  CREATE TABLE candidate AS
  SELECT coalesce(found.key, mirror.key) AS key, found.n, found.digest
  FROM mirror FULL JOIN (FROM found WHERE key IS NOT NULL) AS found ON mirror.key = found.key
  WHERE ${full ? 'true' : notSettled(retryFailed)} AND ${only ? isOneOf(only) : 'true'}`;

const notSettled = (retryFailed: boolean) =>
  `NOT coalesce(found.digest = mirror.digest AND (mirror.state = 'certain' OR ${retryFailed ? 'false' : 'mirror.parked'}), false)`;

const isOneOf = (keys: readonly string[]) =>
  `coalesce(found.key, mirror.key) IN (SELECT unnest(${list(keys.map(literal))}::VARCHAR[]))`;

/** `cells` of contradicting rows are not asked for; those of identical rows come once for each. */
const selectCandidates = ({ cells }: ScanQueries) => `
  SELECT ${shielded('candidate.key')}, candidate.n, candidate.digest, cells, record, state, parked, previous
  FROM candidate
  LEFT JOIN (${cells}) AS row ON row.key = CASE WHEN candidate.digest IS NOT NULL THEN candidate.key END
  LEFT JOIN mirror ON mirror.key = candidate.key
  ORDER BY candidate.key`;

const selectStatistics = `
  SELECT rows, duplicate, invalid, unchanged, before,
    before - unchanged - (SELECT count(*) FROM mirror SEMI JOIN candidate USING (key))
  FROM (
    SELECT coalesce(sum(n), 0) AS rows,
      coalesce(sum(n - 1) FILTER (digest IS NOT NULL AND key IS NOT NULL), 0) AS duplicate,
      coalesce(sum(n) FILTER (digest IS NULL OR key IS NULL), 0) AS invalid,
      count(*) FILTER (digest IS NOT NULL AND key IS NOT NULL)
        - (SELECT count(*) FROM candidate WHERE digest IS NOT NULL) AS unchanged,
      (SELECT count(*) FROM mirror) AS before
    FROM found)`;

export interface SessionParts {
  readonly database: Database;
  readonly rows: WantedRows;
  /** Undefined: there is none yet. */
  readonly mirror: MirrorObjects | undefined;
  readonly scratch: Scratch;
  readonly state: StateStore;
  /** Parked members are candidates, too. */
  readonly retryFailed: boolean;
  /** Digests settle nothing. */
  readonly full: boolean;
  /** The only keys that may be candidates. */
  readonly only: readonly string[] | undefined;
}

export class DuckDbPlanSession implements PlanSession {
  readonly statistics: PlanStatistics;
  readonly keyless: PlanSession['keyless'];
  readonly #parts: SessionParts;
  readonly #plan: PlanTable;
  #proposed: RemovalTable | undefined;
  #closed = false;

  private constructor(
    parts: SessionParts,
    plan: PlanTable,
    statistics: PlanStatistics,
    keyless: PlanSession['keyless'],
  ) {
    this.#parts = parts;
    this.#plan = plan;
    this.statistics = statistics;
    this.keyless = keyless;
  }

  /** Reads keys and digests, and joins them with the mirror's. */
  static async start(parts: SessionParts): Promise<DuckDbPlanSession> {
    const { database } = parts;
    const { scan, files } = parts.rows;
    // First of all, because a damaged file may cost the database with all that is in it.
    await scan.attempt((queries) => database.run(createFound(queries)));
    await scan.refuseHeaders('found');
    await openMirror(database, parts.state, parts.mirror, parts.scratch.folder);
    await database.run(createCandidate(parts));
    const [rows = 0, duplicate = 0, invalid = 0, unchanged = 0, before = 0, apart = 0] =
      await database.counts(selectStatistics);
    const without = await database.rows('SELECT file, n FROM found WHERE key IS NULL');
    const byPath = new Map(without.map(([path, n]) => [String(path), Number(n)]));
    const keyless = files.flatMap(({ object, path }) => {
      const count = byPath.get(path);
      return count === undefined ? [] : [{ object, rows: count }];
    });
    await database.run('DROP TABLE found');
    const statistics = { rows, duplicate, invalid, unchanged, before, apart };
    return new DuckDbPlanSession(parts, await PlanTable.create(database), statistics, keyless);
  }

  async *candidates(): AsyncGenerator<readonly Candidate[]> {
    const { database } = this.#parts;
    const { scan, files, cells } = this.#parts.rows;
    const chunks = await scan.attempt((queries) => database.stream(selectCandidates(queries)));
    // The rows are sorted by now, so the snapshot is read; its space is wanted for the plan.
    await Promise.all(files.map((file) => rm(file.path, { force: true })));
    let last: string | undefined;
    for await (const chunk of chunks) {
      const batch = decodeCandidates(chunk, cells).filter((candidate, index, all) => {
        const before = index === 0 ? last : all[index - 1]?.key;
        return candidate.key !== before;
      });
      last = batch.at(-1)?.key ?? last;
      if (batch.length > 0) yield batch;
    }
  }

  async append(rows: readonly PlanRow[]): Promise<void> {
    for (const row of rows) this.#plan.append(row);
  }

  async propose(removals: readonly Removal[]): Promise<void> {
    this.#proposed ??= await RemovalTable.create(this.#parts.database);
    for (const removal of removals) this.#proposed.append(removal);
  }

  async *removals(): AsyncGenerator<readonly JudgedRemoval[]> {
    this.#plan.flush();
    if (this.#proposed) yield* this.#proposed.judged();
  }

  async finish(location: string): Promise<void> {
    const file = join(this.#parts.scratch.folder, 'plan.parquet');
    await this.#plan.write(file);
    await this.#parts.state.upload(location, file);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#plan.close();
    this.#proposed?.close();
    this.#parts.database.close();
    await this.#parts.scratch.remove();
  }
}
