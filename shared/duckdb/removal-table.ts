/** Removals as a table: kept until the plan's rows are known, then read with who holds their identities. */

import type { DuckDBDataChunk, DuckDBValue } from '@duckdb/node-api';
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
  leaving: 'BOOLEAN',
  record: 'VARCHAR',
  identity: 'UUID',
};

/**
 * Who is there comes first, `held`: entries of the mirror that are no candidates, and rows that are not sent.
 * Then who is to be sent, in the order of the chunks; and last who cannot be sent.
 */
const createHolder = `
  CREATE TABLE holder AS
  SELECT identity, min({
    "rank": CASE WHEN phase = 'held' THEN 0 WHEN chunk IS NOT NULL THEN 1 ELSE 2 END,
    "chunk": chunk, "position": position, "phase": phase, "code": code, "reason": reason}) AS best
  FROM (
    SELECT identity, CASE WHEN kind = 'change' THEN phase ELSE 'held' END AS phase, chunk, position, code, reason
    FROM plan WHERE identity IS NOT NULL
    UNION ALL
    SELECT identity, 'held', NULL, NULL, NULL, NULL FROM mirror ANTI JOIN entry USING (key)
    WHERE identity IS NOT NULL
  ) SEMI JOIN proposal USING (identity) GROUP BY identity`;

const createShared = `
  CREATE TABLE shared AS
  SELECT identity FROM proposal WHERE identity IS NOT NULL GROUP BY identity HAVING count(*) > 1`;

const selectCompared = `
  SELECT ${shielded('key')}, leaving, record, identity::VARCHAR, shared.identity IS NOT NULL,
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
      removals.map(({ key, isLeaving, record, identity }) =>
        rowOf([
          this.#count++,
          cellOf(key),
          String(isLeaving),
          cellOf(record),
          identity ?? cellOf(null),
        ]),
      ),
    );
  }

  /** Needs the views `mirror` and `plan`, and the table `entry`. */
  async *compared(): AsyncGenerator<readonly ComparedRemoval[]> {
    await this.#file.flush();
    await this.#database.run(createHolder);
    await this.#database.run(createShared);
    for await (const chunk of await this.#database.stream(selectCompared)) yield decode(chunk);
  }
}

function decode(chunk: DuckDBDataChunk): ComparedRemoval[] {
  return chunk
    .getRows()
    .map(([key, leaving, record, identity, shared, phase, number, position, code, reason]) => ({
      key: unshielded(text(key)),
      isLeaving: leaving === true,
      record: text(record),
      identity: identity === null ? undefined : text(identity),
      holder: holderOf(phase, number, position, code, reason),
      isShared: shared === true,
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
