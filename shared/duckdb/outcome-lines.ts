/** The outcomes of a run as a table: what became of the changes of each chunk, by ranges of positions. */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Outcome } from '../contracts/counts.ts';
import { InvariantError } from '../domain/words/errors.ts';
import type { FoldInput } from '../ports/fold-engine.ts';
import type { StateStore } from '../ports/objects.ts';
import { jsonOf, readStored } from '../stored.ts';
import type { Database } from './database.ts';
import { fileList, list, literal } from './sql.ts';

const parallelReads = 8;

/** Where two lines tell of one position, the first of these counts: a 2xx is never taken back. */
const byStrength: readonly Outcome[] = ['delivered', 'uncertain', 'rejected', 'invalid', 'unsent'];

interface OutcomeFile {
  readonly path: string;
  readonly phase: string;
  readonly chunk: number;
}

/** How the request of a line fared; what every line has beside its fault. */
const triedType =
  'STRUCT(status INTEGER, request VARCHAR, attempts INTEGER, "firstAt" BIGINT, "lastAt" BIGINT)';

const sentType = 'STRUCT(requests BIGINT, retries BIGINT, bytes BIGINT)';

/** Of a change that was never put in a request. */
export const neverTried = `{status: 0, request: '', attempts: 0, "firstAt": 0, "lastAt": 0}::${triedType}`;

/** Requests, repetitions and bytes of all lines. */
export const selectSent =
  'SELECT coalesce(sum(sent.requests), 0), coalesce(sum(sent.retries), 0), coalesce(sum(sent.bytes), 0) FROM line';

/** Table `line`: one row for each line of the outcomes objects, numbered. */
export async function createLines(
  database: Database,
  state: StateStore,
  outcomes: FoldInput['outcomes'],
  folder: string,
): Promise<void> {
  await database.run(`CREATE TABLE line (
    id BIGINT, phase VARCHAR, chunk INTEGER, first BIGINT, until BIGINT,
    outcome VARCHAR, strength BIGINT, code VARCHAR, reason VARCHAR, tried ${triedType}, sent ${sentType})`);
  const files = await fetchOutcomes(state, outcomes, folder);
  if (files.length === 0) return;
  const places = files
    .map(({ path, phase, chunk }) => `(${literal(path)}, ${literal(phase)}, ${chunk})`)
    .join(', ');
  await database.run(`
    INSERT INTO line
    SELECT row_number() OVER (), phase, chunk, "from", "to", outcome,
      list_position(${list(byStrength.map(literal))}, outcome), code, reason,
      struct_pack(status, request, attempts, "firstAt", "lastAt"), sent
    FROM read_json(${fileList(files.map(({ path }) => path))}, format = 'newline_delimited',
      columns = {"from": 'BIGINT', "to": 'BIGINT', outcome: 'VARCHAR', code: 'VARCHAR', reason: 'VARCHAR',
        status: 'INTEGER', request: 'VARCHAR', attempts: 'INTEGER', "firstAt": 'BIGINT', "lastAt": 'BIGINT',
        sent: '${sentType}'},
      compression = 'uncompressed', filename = true, hive_partitioning = false)
    JOIN (VALUES ${places}) AS place(filename, phase, chunk) USING (filename)`);
  const [broken = 0] = await database.counts(`SELECT count(*) FROM line
    WHERE coalesce(first < 0 OR until <= first OR strength IS NULL OR code IS NULL OR reason IS NULL, true)`);
  if (broken > 0) throw new InvariantError(`${broken} outcome lines are of no form we write.`);
}

async function fetchOutcomes(
  state: StateStore,
  outcomes: FoldInput['outcomes'],
  folder: string,
): Promise<OutcomeFile[]> {
  const files = outcomes.map(({ phase, chunk, location }, index) => ({
    index,
    path: join(folder, `outcomes-${index}`),
    phase,
    chunk,
    location,
  }));
  const waiting = [...files];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const bytes = await state.get(next.location);
      // Not by DuckDB: it would take half of a broken object for the whole.
      const text = bytes && (await unpacked(bytes));
      // What of a chunk has no outcome counts as uncertain.
      if (!text) continue;
      refuseNewer(text, next.location);
      await writeFile(next.path, text);
      whole.push(next);
    }
  };
  const whole: typeof files = [];
  const ends = await Promise.allSettled(Array.from({ length: parallelReads }, work));
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  return whole.sort((a, b) => a.index - b.index);
}

/** Undefined where it is not whole: the sum at its end tells. */
const unpacked = (bytes: Uint8Array): Promise<Buffer | undefined> =>
  promisify(gunzip)(bytes).catch(() => undefined);

/** @throws StoredError `format-newer` */
function refuseNewer(text: Buffer, location: string): void {
  if (text.length === 0) return;
  const end = text.indexOf('\n');
  readStored({ parse: () => undefined }, jsonOf(text.subarray(0, end), location), location);
}

/** Lines of one chunk that each position is held against; where there are more, it pays to spread them out. */
const fewLines = 32;

/**
 * Table `crowded`: chunks with many lines, or some that tell of the same positions. Of the others each line is one of
 * few ranges, and nothing has to be made of every position.
 */
export const createCrowded = `
  CREATE TABLE crowded AS
  SELECT phase, chunk FROM (
    SELECT phase, chunk, first < lag(until) OVER (PARTITION BY phase, chunk ORDER BY first, until) AS is_over FROM line
  ) GROUP BY ALL HAVING count(*) > ${fewLines} OR coalesce(bool_or(is_over), false)`;

/**
 * Table `covered`: for each position of crowded chunks that lines tell of, the strongest of them. `best` sorts by
 * strength and then by line, and holds the line's number in its lower 40 bits.
 */
export const createCovered = `
  CREATE TABLE covered AS
  SELECT phase, chunk, position, min((strength << 40) + id) AS best
  FROM (
    SELECT phase, chunk, strength, id, unnest(range(first, least(until, size))) AS position
    FROM line SEMI JOIN crowded USING (phase, chunk) JOIN (
      SELECT phase, chunk, max(position) + 1 AS size FROM plan WHERE chunk IS NOT NULL GROUP BY ALL
    ) USING (phase, chunk)
  ) GROUP BY ALL`;

const told = '{outcome: outcome, code: code, reason: reason, tried: tried}';

/** The table `plan` with what the strongest line tells of its position: `told`, NULL where none does. */
export const planTold = `(
  SELECT plan.*, coalesce(few.told, many.told) AS told
  FROM plan
  LEFT JOIN (SELECT phase, chunk, first, until, ${told} AS told FROM line ANTI JOIN crowded USING (phase, chunk)) AS few
    ON few.phase = plan.phase AND few.chunk = plan.chunk AND plan.position >= few.first AND plan.position < few.until
  LEFT JOIN covered
    ON covered.phase = plan.phase AND covered.chunk = plan.chunk AND covered.position = plan.position
  LEFT JOIN (SELECT id, ${told} AS told FROM line) AS many ON many.id = covered.best & ((1::BIGINT << 40) - 1))`;
