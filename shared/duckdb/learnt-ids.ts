/** What senders learnt of the platform's ids, as a table: the latest of each position. */

import { IdsLine } from '../contracts/plan.ts';
import { StoredError } from '../domain/words/errors.ts';
import { readLines } from '../lines.ts';
import type { FoldInput } from '../ports/fold-engine.ts';
import type { StateStore } from '../ports/objects.ts';
import type { Database } from './database.ts';
import { cellOf, RowFile, rowOf } from './row-file.ts';

const columns = {
  phase: 'VARCHAR',
  chunk: 'INTEGER',
  position: 'INTEGER',
  since: 'BIGINT',
  ids: 'VARCHAR',
};

/** A list of texts, of its JSON text. */
export const idsIn = (text: string): string => `from_json(${text}, '["VARCHAR"]')`;

/** Table `learnt`; `ids` is empty where the platform lacks the record. */
export async function createLearnt(
  database: Database,
  state: Pick<StateStore, 'get'>,
  objects: NonNullable<FoldInput['ids']>,
  folder: string,
): Promise<void> {
  const file = new RowFile(database, folder, 'noted', columns);
  for (const { phase, chunk, location } of objects) {
    const lines = await linesOf(state, location);
    await file.append(
      lines.map(({ position, ids, at }) =>
        rowOf([cellOf(phase), chunk, position, at, cellOf(JSON.stringify(ids))]),
      ),
    );
  }
  await file.flush();
  await database.run(`
    CREATE TABLE learnt AS
    SELECT phase, chunk, position, ${idsIn('arg_max(ids, since)')} AS ids FROM noted GROUP BY phase, chunk, position`);
}

/** None where they can't be read: those are asked for again when they are wanted. */
async function linesOf(state: Pick<StateStore, 'get'>, location: string): Promise<IdsLine[]> {
  const body = await state.get(location);
  if (!body) return [];
  try {
    return readLines(IdsLine, body, location);
  } catch (error) {
    if (error instanceof StoredError && error.code !== 'format-newer') return [];
    throw error;
  }
}
