/** Who holds an identity, of those that are to be removed: judged over all parts of a plan, for some identities at a time. */
import { join } from 'node:path';
import type { ObjectContent } from '../contracts/mirror.ts';
import type { PlanRow } from '../domain/plan/plan.ts';
import type { ComparedRemoval } from '../domain/plan/removal.ts';
import type { StateStore } from '../ports/objects.ts';
import type { IdentitySession } from '../ports/part-engine.ts';
import type { Database } from './database.ts';
import { contentOf } from './file-content.ts';
import { fetch } from './handed-rows.ts';
import { viewMirror } from './mirror-table.ts';
import { partOfKey } from './physical-column.ts';
import { PlanTable } from './plan-table.ts';
import { compareRemovals } from './removal-table.ts';
import type { Scratch } from './scratch.ts';
import { fromParquet } from './sql.ts';

/** Views `proposal` and `present` over what was handed over. The platform's ids are not: whom they name is looked up again. */
const createViews = (files: readonly string[]) => `
  CREATE VIEW handed AS SELECT * REPLACE (CAST(identity AS UUID) AS identity) FROM ${fromParquet(files)};
  CREATE VIEW proposal AS
    SELECT row_number() OVER (ORDER BY key, is_delete DESC, identity, record)::INTEGER AS place, key, is_delete, record, identity,
      NULL::VARCHAR AS ids
    FROM handed WHERE is_proposal;
  CREATE VIEW present AS
    SELECT identity, phase, chunk, position, code, reason FROM handed WHERE NOT is_proposal;
  CREATE TABLE entry AS FROM mirror`;

export class DuckDbIdentitySession implements IdentitySession {
  readonly #database: Database;
  readonly #state: StateStore;
  readonly #scratch: Scratch;
  readonly #plan: PlanTable;

  private constructor(database: Database, state: StateStore, scratch: Scratch) {
    this.#database = database;
    this.#state = state;
    this.#scratch = scratch;
    this.#plan = new PlanTable(database, scratch.folder);
  }

  static async start(
    database: Database,
    state: StateStore,
    scratch: Scratch,
    objects: readonly string[],
  ): Promise<DuckDbIdentitySession> {
    const files = await fetch(state, objects, join(scratch.folder, 'identities'));
    await viewMirror(database, []);
    await database.run(createViews(files.map(({ path }) => path)));
    return new DuckDbIdentitySession(database, state, scratch);
  }

  removals(): AsyncGenerator<readonly ComparedRemoval[]> {
    return compareRemovals(this.#database);
  }

  async append(rows: readonly PlanRow[]): Promise<void> {
    await this.#plan.append(rows);
  }

  async finish(locations: readonly string[]): Promise<(ObjectContent | undefined)[]> {
    const { folder } = this.#scratch;
    await this.#plan.flush();
    const contents: (ObjectContent | undefined)[] = [];
    for (const [part, location] of locations.entries()) {
      const some = `${partOfKey('plan.key', locations.length)} = ${part}`;
      const [rows = 0] = await this.#database.counts(`SELECT count(*) FROM plan WHERE ${some}`);
      const file = join(folder, `plan-${part}.parquet`);
      if (rows > 0) await this.#plan.write(file, { where: some });
      contents.push(rows > 0 ? await contentOf(file) : undefined);
      if (rows > 0) await this.#state.upload(location, file);
    }
    return contents;
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.#scratch.remove();
  }
}
