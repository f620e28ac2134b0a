/**
 * Damaged files: each is refused with an error that shows no cell, or read as a strict reader reads it. Nothing is
 * read as fewer rows than it holds: whoever is missing from a snapshot is removed from the platform.
 *
 * What cannot be seen: CSV and NDJSON carry no checksum, so a file that is whole after its damage (a digit of a key
 * changed, whole lines lost) is taken for what it says. So are flipped values in the pages of a Parquet file,
 * whose writers seldom add checksums. gzip's are checked.
 */
import { readFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { SnapshotError } from '../../shared/domain/errors.ts';
import type { Candidate } from '../../shared/domain/plan.ts';
import { Random } from '../simulation/random.ts';
import {
  asCsv,
  asNdjson,
  audience,
  type Cells,
  columns,
  damage,
  type Reading,
  readCsv,
  readNdjson,
} from './damage.ts';
import { type PlanOutcome, Workplace } from './workplace.ts';

const place = await Workplace.open();
afterAll(() => place[Symbol.asyncDispose]());

const seed = Number(process.env['FUZZ_SEED'] ?? Math.floor(Math.random() * 1_000_000_000));
const random = new Random(seed);
type Format = 'csv' | 'ndjson' | 'parquet';

interface Damaged {
  readonly name: string;
  readonly format: Format;
  readonly body: Buffer;
  /** All cells of the file before the damage. */
  readonly cells: readonly string[];
}

/** A text of a cell stands in the message. */
const shows = (message: string, cells: readonly string[]) =>
  cells.some((cell) => {
    for (let at = 0; at + 4 <= cell.length; at++) {
      if (/^[qzxjvk]{4}$/.test(cell.slice(at, at + 4)) && message.includes(cell.slice(at, at + 4)))
        return true;
    }
    return false;
  });

/** What is wrong with how the file ended; undefined where all is well. */
async function trial(
  { name, format, body, cells }: Damaged,
  judge: (outcome: PlanOutcome) => string | undefined,
  isBroken: boolean,
): Promise<string | undefined> {
  const object = await place.write(name, body);
  try {
    const outcome = await place.plan({ format, objects: [object], columns: [...columns] });
    return isBroken ? `was read, as ${outcome.statistics.rows} rows` : judge(outcome);
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof SnapshotError)) return `ended with ${error}`;
    if (error.cause !== undefined) return 'has an error with a cause';
    return shows(message, cells) ? `shows a cell: ${message}` : undefined;
  }
}

const sorted = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();

/** Rows, keys and values are those of the reading. */
function asRead({ rows, vague }: Reading, { statistics, candidates }: PlanOutcome) {
  if (statistics.rows !== rows.length)
    return `has ${rows.length} rows, and was read as ${statistics.rows}`;
  if (vague) return undefined;
  const byKey = Map.groupBy(rows, ([key]) => key);
  byKey.delete(null);
  const expected = [...byKey].map(([key, same]) => {
    const different = new Set(sorted(same));
    return [key, different.size > 1 ? same.length : [...different][0]];
  });
  const found = candidates.map(({ key, row }: Candidate) => [
    key,
    row && 'values' in row ? row.values : row?.conflict,
  ]);
  return sorted(expected).join() === sorted(found).join() ? undefined : 'was read as other rows';
}

/** A few at once: DuckDB works beside Node. */
async function trials(count: number, next: (at: number) => Promise<string | undefined>) {
  const failures: string[] = [];
  let at = 0;
  const work = async () => {
    while (at < count) {
      const own = at++;
      const failure = await next(own);
      if (failure) failures.push(`case ${own} ${failure}`);
    }
  };
  await Promise.all([work(), work(), work()]);
  expect(failures, `from seed ${seed}`).toEqual([]);
}

const read: Record<'csv' | 'ndjson', (body: Buffer) => Reading | undefined> = {
  csv: readCsv,
  ndjson: readNdjson,
};

const made = (format: 'csv' | 'ndjson') => {
  const rows = audience(random, random.between(1, 30));
  const body = format === 'csv' ? asCsv(rows, random) : asNdjson(rows);
  return { body, cells: rows.flat().filter((cell) => cell !== null) };
};

test.each(['csv', 'ndjson'] as const)('350 damaged %s files', async (format) => {
  await trials(350, async (at) => {
    const { body: whole, cells } = made(format);
    const { kind, body } = damage(whole, random);
    const reading = read[format](body);
    const name = `${at}.${format}`;
    const failure = await trial(
      { name, format, body, cells },
      (outcome) => reading && asRead(reading, outcome),
      reading === undefined,
    );
    return failure && `(${kind}) ${failure}\n${JSON.stringify(body.toString('latin1'))}`;
  });
});

/** Undefined: no whole gzip file. */
function unzipped(body: Buffer): Buffer | undefined {
  if (body[0] !== 0x1f || body[1] !== 0x8b) return body;
  try {
    return gunzipSync(body);
  } catch {
    return undefined;
  }
}

test.each(['csv', 'ndjson'] as const)('150 damaged %s files in gzip', async (format) => {
  await trials(150, async (at) => {
    const { body: whole, cells } = made(format);
    const { kind, body } = damage(gzipSync(whole), random);
    const text = unzipped(body);
    const reading = text && read[format](text);
    const name = `${at}.${format}.gz`;
    const failure = await trial(
      { name, format, body, cells },
      (outcome) => reading && asRead(reading, outcome),
      reading === undefined,
    );
    return failure && `(${kind}) ${failure}\n${body.toString('base64')}`;
  });
});

/** Of each way a Parquet file may be written, one. */
async function parquetFiles(): Promise<{ body: Buffer; rows: readonly Cells[] }[]> {
  const files: { body: Buffer; rows: readonly Cells[] }[] = [];
  for (const compression of ['uncompressed', 'snappy', 'zstd', 'gzip']) {
    const rows = audience(random, 60);
    const source = place.object(await place.write('source', asNdjson(rows)));
    const key = await place.export(
      `whole-${compression}`,
      `FROM read_json('${source}', format = 'newline_delimited', columns = {key: 'VARCHAR', value: 'VARCHAR', city: 'VARCHAR'})`,
      `parquet, COMPRESSION ${compression}, ROW_GROUP_SIZE 2048`,
    );
    files.push({ body: await readFile(place.object(key)), rows });
  }
  return files;
}

test('350 damaged Parquet files', async () => {
  const files = await parquetFiles();
  let accepted = 0;
  await trials(350, async (at) => {
    const { body: whole, rows } = random.pick(files);
    const { kind, body } = damage(whole, random);
    const cells = rows.flat().filter((cell) => cell !== null);
    const failure = await trial(
      { name: `${at}.parquet`, format: 'parquet', body, cells },
      ({ statistics }) => {
        accepted += 1;
        return statistics.rows === rows.length
          ? undefined
          : `has ${rows.length} rows, and was read as ${statistics.rows}`;
      },
      false,
    );
    return failure && `(${kind}) ${failure}\n${body.toString('base64')}`;
  });
  console.info(`${accepted} of 350 damaged Parquet files were read, with all their rows`);
});
