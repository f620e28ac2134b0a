/** Removals as a table: kept until the plan's rows are known, then read with who holds their identities. */

import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
import { z } from 'zod';
import { SendPhase } from '../contracts/run.ts';
import type { Place } from '../domain/plan/plan.ts';
import type { ComparedRemoval, Removal } from '../domain/plan/removal.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { Database } from './database.ts';
import { cellOf, RowFile, rowOf } from './row-file.ts';
import { shielded, unshielded } from './sql.ts';

const columns = {
  place: 'INTEGER',
  key: 'VARCHAR',
  is_delete: 'BOOLEAN',
  record: 'VARCHAR',
  identity: 'UUID',
  ids: 'VARCHAR',
};

/** View `present`: who has an identity once the plan is carried out; entries of the mirror that are no candidates stay. */
const createPresent = `
  CREATE VIEW present AS
  SELECT identity, CASE WHEN kind = 'change' THEN phase ELSE 'held' END AS phase, chunk, position, code, reason
  FROM plan WHERE identity IS NOT NULL
  UNION ALL
  SELECT identity, 'held', NULL, NULL, NULL, NULL FROM mirror ANTI JOIN entry USING (key)
  WHERE identity IS NOT NULL`;

/**
 * Who is there comes first, `held`: entries of the mirror that are no candidates, and rows that are not sent.
 * Then who is to be sent, in the order of the chunks; and last who cannot be sent.
 */
const createHolder = `
  CREATE TABLE holder AS
  SELECT identity, min({
    "rank": CASE WHEN phase = 'held' THEN 0 WHEN chunk IS NOT NULL THEN 1 ELSE 2 END,
    "chunk": chunk, "position": position, "phase": phase, "code": code, "reason": reason}) AS best
  FROM present SEMI JOIN proposal USING (identity) GROUP BY identity`;

const createShared = `
  CREATE TABLE shared AS
  SELECT identity FROM proposal WHERE identity IS NOT NULL GROUP BY identity HAVING count(*) > 1`;

const selectCompared = `
  SELECT ${shielded('key')}, is_delete, record, identity::VARCHAR, shared.identity IS NOT NULL, ids,
    best."phase", best."chunk", best."position", best."code", best."reason"
  FROM proposal LEFT JOIN holder USING (identity) LEFT JOIN shared USING (identity) ORDER BY place`;

export class RemovalTable {
  readonly #database: Database;
  readonly #file: RowFile;
  #count = 0;

  constructor(database: Database, folder: string) {
    this.#database = database;
    this.#file = new RowFile(database, folder, 'proposal', columns);
  }

  async append(removals: readonly Removal[]): Promise<void> {
    await this.#file.append(
      removals.map(({ key, isDelete, record, identity, ids }) =>
        rowOf([
          this.#count++,
          cellOf(key),
          String(isDelete),
          cellOf(record),
          identity ?? cellOf(null),
          cellOf(ids ? JSON.stringify(ids) : null),
        ]),
      ),
    );
  }

  /** Needs the views `mirror` and `plan`, and the table `entry`. */
  async *compared(): AsyncGenerator<readonly ComparedRemoval[]> {
    await this.flush();
    await this.#database.run(createPresent);
    yield* compareRemovals(this.#database);
  }

  /** From here on the view `proposal` has what was appended so far. */
  async flush(): Promise<void> {
    await this.#file.flush();
  }
}

/** The proposals, with who holds their identities. Needs the views `proposal` and `present`. */
export async function* compareRemovals(
  database: Database,
): AsyncGenerator<readonly ComparedRemoval[]> {
  await database.run(createHolder);
  await database.run(createShared);
  for await (const chunk of await database.stream(selectCompared)) yield decode(chunk);
}

function decode(chunk: DuckDBDataChunk): ComparedRemoval[] {
  return chunk.getRows().map(([key, isDelete, record, identity, shared, ids, phase, ...place]) => ({
    key: unshielded(text(key)),
    isDelete: isDelete === true,
    record: text(record),
    identity: identity === null ? undefined : text(identity),
    holder: holderOf(phase, ...place),
    isShared: shared === true,
    ids: typeof ids === 'string' ? z.array(z.string()).parse(JSON.parse(ids)) : undefined,
  }));
}

function holderOf(
  ...[phase, chunk, position, code, reason]: (DuckDBValue | undefined)[]
): Place | undefined {
  if (phase === 'held') return phase;
  if (typeof phase === 'string') {
    return { phase: SendPhase.parse(phase), chunk: Number(chunk), position: Number(position) };
  }
  return typeof code === 'string' ? { code, reason: text(reason) } : undefined;
}

function text(value: DuckDBValue | undefined): string {
  if (typeof value === 'string') return value;
  throw new InvariantError('A removal lacks its key or record.');
}
