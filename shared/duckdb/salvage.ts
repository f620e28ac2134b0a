/** What the chunks of a run name, where its plan can't be read: each of their keys once, and as if nothing was ever answered. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ChunkLine, QuickChunkLine } from '../contracts/plan.ts';
import { StoredError } from '../domain/words/errors.ts';
import { readLines } from '../lines.ts';
import type { StateStore } from '../ports/objects.ts';
import type { Database } from './database.ts';
import { entryOf, entryType } from './mirror-table.ts';
import { fileList } from './sql.ts';

/** Table `chunk_line`. Gives the chunks that can't be read. */
export async function createChunkLines(
  database: Database,
  state: Pick<StateStore, 'get'>,
  chunks: readonly string[],
  folder: string,
): Promise<number> {
  await database.run('CREATE TABLE chunk_line (key VARCHAR, action VARCHAR, record VARCHAR)');
  let lost = 0;
  for (const [index, location] of chunks.entries()) {
    const lines = await linesOf(state, location);
    if (!lines) {
      lost += 1;
      continue;
    }
    const file = join(folder, `chunk-${index}`);
    await writeFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await database.run(`INSERT INTO chunk_line SELECT key, action, record FROM read_json(
      ${fileList([file])}, format = 'newline_delimited', compression = 'uncompressed',
      columns = {key: 'VARCHAR', action: 'VARCHAR', record: 'VARCHAR'})`);
  }
  return lost;
}

async function linesOf(
  state: Pick<StateStore, 'get'>,
  location: string,
): Promise<ChunkLine[] | undefined> {
  const body = await state.get(location);
  if (!body) return undefined;
  try {
    return readLines(QuickChunkLine, body, location);
  } catch (error) {
    if (error instanceof StoredError && error.code !== 'format-newer') return undefined;
    throw error;
  }
}

/**
 * View `change`, as a fold has it. Of a key with several lines, what was to be put counts: whoever is to be removed and
 * added may be there. An update of a key that the mirror lacks, or whose entry can't be read, is as an insert.
 */
export const createSalvagedChange = `
  CREATE VIEW change AS
  SELECT line.key, NULL::UBIGINT AS digest, NULL::BIGINT AS raw, line.record, NULL::UUID AS identity, NULL::VARCHAR[] AS ids, 'uncertain' AS outcome,
    CASE WHEN mirror.key IS NULL AND line.action = 'update' THEN 'insert' ELSE line.action END AS action,
    (CASE WHEN mirror.key IS NOT NULL THEN ${entryOf('mirror')} END)::${entryType} AS was
  FROM (
    SELECT key, max_by(action, action <> 'delete') AS action, max_by(record, action <> 'delete') AS record
    FROM chunk_line GROUP BY key
  ) AS line
  LEFT JOIN mirror ON mirror.key = line.key
  WHERE line.action <> 'delete' OR mirror.key IS NOT NULL`;
