/** One plan in the making. */

import { rm } from 'node:fs/promises';
import { join as joinPath } from 'node:path';
import type { MirrorObjects, MirrorPointer, ObjectContent } from '../contracts/mirror.ts';
import type { Candidate, PlanRow } from '../domain/plan/plan.ts';
import type { ComparedRemoval, Removal } from '../domain/plan/removal.ts';
import type { PlanStatistics } from '../domain/plan/statistics.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { StateStore } from '../ports/objects.ts';
import type { PlanSession } from '../ports/plan-engine.ts';
import { CandidateRows } from './candidate-rows.ts';
import type { Database } from './database.ts';
import { contentOf } from './file-content.ts';
import { type MirrorFiles, openMirror } from './mirror-table.ts';
import { PlanTable } from './plan-table.ts';
import { RemovalTable } from './removal-table.ts';
import { copyLines, readLines } from './row-file.ts';
import type { Scratch } from './scratch.ts';
import { type Joined, join, selectAll, selectUnsettled } from './unsettled.ts';
import type { WantedRows } from './wanted-rows.ts';

export interface SessionParts {
  readonly database: Database;
  readonly rows: WantedRows;
  /** Undefined: there is none yet. */
  readonly mirror:
    | Pick<MirrorPointer, keyof MirrorObjects | 'members'>
    /** Its views are there. */
    | { readonly files: MirrorFiles; readonly members: number }
    | undefined;
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
  readonly lacking: PlanSession['lacking'];
  readonly #parts: SessionParts;
  readonly #plan: PlanTable;
  readonly #candidates: CandidateRows;
  /** Undefined: there is no mirror, and the rows are not read yet. */
  readonly #joined: Joined | undefined;
  #proposed: RemovalTable | undefined;
  #closed = false;

  private constructor(
    parts: SessionParts,
    plan: PlanTable,
    candidates: CandidateRows,
    joined: Joined | undefined,
  ) {
    this.#parts = parts;
    this.#plan = plan;
    this.#joined = joined;
    this.#candidates = candidates;
    this.lacking = parts.rows.lacking;
  }

  /** Reads keys and digests, and joins them with the mirror's. */
  static async start(parts: SessionParts): Promise<DuckDbPlanSession> {
    const { database, mirror, state, scratch } = parts;
    const { scan } = parts.rows;
    const isFirst = mirror === undefined && parts.rows.files.length > 0;
    // What is no file of rows at all is found before anything is made of it.
    if (!isFirst && (await scan.count()) === undefined) {
      await scan.attempt(({ digests }) =>
        database.run(`CREATE OR REPLACE TABLE found AS ${digests}`),
      );
    }
    const isThere = mirror !== undefined && 'files' in mirror;
    const files = isThere
      ? mirror.files
      : await openMirror(database, state, mirror, scratch.folder);
    const members = mirror?.members ?? 0;
    const joined = isFirst ? undefined : await join({ ...parts, scan, mirror: files, members });
    if (isFirst) await database.run(`CREATE TABLE entry AS FROM mirror`);
    const candidates = new CandidateRows(parts.rows.cells, await scan.header());
    return new DuckDbPlanSession(
      parts,
      new PlanTable(database, scratch.folder),
      candidates,
      joined,
    );
  }

  get keyless(): PlanSession['keyless'] {
    const { files } = this.#parts.rows;
    const counted = [...this.#candidates.keyless].map(([file, rows]) => ({ file, rows }));
    const keyless = this.#joined?.keyless ?? counted.sort((a, b) => a.file - b.file);
    return keyless.map(({ file, rows }) => ({ object: files[file]?.object ?? '', rows }));
  }

  get statistics(): PlanStatistics {
    const { counts } = this.#candidates;
    const keyless = this.keyless.reduce((sum, { rows }) => sum + rows, 0);
    const before = this.#parts.mirror?.members ?? 0;
    const rows = this.#joined?.rows ?? counts.rows + keyless;
    // Entries that are neither candidates nor passed over are settled, each by one row or more.
    const rest = before - (this.#joined?.entries ?? 0);
    const isOnly = this.#parts.only !== undefined;
    const unchanged = isOnly ? 0 : rest;
    return {
      rows,
      duplicate: counts.duplicate + rows - keyless - counts.rows - unchanged,
      invalid: counts.invalid + keyless,
      unchanged,
      before,
      apart: isOnly ? rest : 0,
    };
  }

  async *candidates(): AsyncGenerator<readonly Candidate[]> {
    const { database, scratch } = this.#parts;
    const { scan, files, cells } = this.#parts.rows;
    const found = this.#candidates;
    const isFirst = this.#joined === undefined;
    const path = joinPath(scratch.folder, 'candidates.lines');
    await scan.attempt((queries) => {
      const select = isFirst ? selectAll : selectUnsettled;
      return database.run(copyLines(select(queries, cells), path));
    });
    // The rows are sorted by now, so the snapshot is read; its space is wanted for the plan.
    await Promise.all(files.map((file) => rm(file.path, { force: true })));
    for await (const lines of readLines(path)) {
      const batch = found.take(lines);
      if (found.headerFile !== undefined) throw scan.headerTwice(found.headerFile);
      if (batch.length > 0) yield batch;
    }
    await rm(path);
    const rest = found.rest();
    if (rest.length > 0) yield rest;
    if (this.statistics.duplicate < 0) {
      throw new InvariantError('The mirror has not as many members as its pointer says.');
    }
  }

  async append(rows: readonly PlanRow[]): Promise<void> {
    await this.#plan.append(rows);
  }

  async propose(removals: readonly Removal[]): Promise<void> {
    const { database, scratch } = this.#parts;
    this.#proposed ??= new RemovalTable(database, scratch.folder);
    await this.#proposed.append(removals);
  }

  /** Undefined: nothing was proposed. */
  get proposed(): RemovalTable | undefined {
    return this.#proposed;
  }

  async *removals(): AsyncGenerator<readonly ComparedRemoval[]> {
    await this.#plan.flush();
    if (this.#proposed) yield* this.#proposed.compared();
  }

  /** @param raws of the rows of a part, as `PlanTable` takes them */
  async finish(location: string, raws?: string): Promise<ObjectContent> {
    const file = joinPath(this.#parts.scratch.folder, 'plan.parquet');
    await this.#plan.write(file, { raws });
    const content = await contentOf(file);
    await this.#parts.state.upload(location, file);
    return content;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#parts.database.close();
    await this.#parts.scratch.remove();
  }
}
