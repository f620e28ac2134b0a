/** One damaged file: drawn from a seed, read by the real plan engine, and judged. */

import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { PinnedObject } from '../../shared/contracts/snapshot.ts';
import type { PlanStatistics } from '../../shared/domain/plan/statistics.ts';
import { SnapshotError } from '../../shared/domain/words/errors.ts';
import { Database } from '../../shared/duckdb/database.ts';
import { noEntries } from '../../shared/duckdb/mirror-table.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import type { PlanEngine, PlanInput } from '../../shared/ports/plan-engine.ts';
import { MemorySnapshotStore } from '../simulation/memory/snapshots.ts';
import { MemoryStateStore } from '../simulation/memory/stores.ts';
import { Random } from '../simulation/random.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';
import { damages } from './damages.ts';
import { type Reading, readCsv, readNdjson, unpacked } from './readings.ts';
import {
  asCsv,
  asNdjson,
  audience,
  audienceIn,
  type Cells,
  columns,
  compressed,
  type Format,
  formats,
  namesOf,
  traces,
  writeParquet,
} from './sound.ts';

export type Verdict = 'refused' | 'as it says' | 'altered' | 'wrong';

export interface Trial {
  readonly seed: number;
  readonly format: Format | 'csv.gz' | 'ndjson.gz';
  readonly damage: string;
  readonly verdict: Verdict;
  /** Where it is wrong. */
  readonly why?: string;
  /** Of the error it was refused with. */
  readonly message?: string;
  readonly body: Buffer;
}

/** A sound file and the rows in it. */
interface Sound {
  readonly body: Buffer;
  readonly rows: readonly Cells[];
}

interface Case {
  readonly seed: number;
  readonly format: Format;
  readonly packed: boolean;
  readonly damage: string;
  readonly body: Buffer;
  readonly audience: number;
  readonly sound: Sound;
  /** A second, sound file of the snapshot. */
  readonly beside: Sound | undefined;
}

/** What a plan says: by key the text of its cells, or how many rows contradict each other. */
interface Plan {
  readonly statistics: PlanStatistics;
  readonly found: ReadonlyMap<string, string | number>;
  /** Members of the mirror whom the snapshot lacks. */
  readonly leaving: readonly string[];
}

export class Trials {
  readonly #connection: DuckDBConnection;
  readonly #folder: string;
  readonly #database: Database;
  readonly #engine: PlanEngine;
  readonly #snapshots = new MemorySnapshotStore();
  readonly #state = new MemoryStateStore();
  readonly #mirrors = new Map<number, MirrorPointer>();
  readonly #parquet = new Map<number, Buffer>();

  private constructor(folder: string, connection: DuckDBConnection, database: Database) {
    this.#folder = folder;
    this.#connection = connection;
    this.#database = database;
    this.#engine = createPlanEngine({
      snapshots: this.#snapshots,
      state: this.#state,
      scratch: folder,
      memoryLimitMb: 512,
      within: database,
    });
  }

  /** @param folder for files in passing */
  static async open(folder: string): Promise<Trials> {
    const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
    const database = await Database.open(folder, { memoryLimitMb: 512, threads: 1 });
    return new Trials(folder, await instance.connect(), database);
  }

  close(): void {
    this.#database.close();
    this.#connection.closeSync();
  }

  /** The same seed gives the same file. */
  async play(seed: number, only?: Format): Promise<Trial> {
    const drawn = await this.#draw(seed, only);
    const ended = await this.#judge(drawn);
    const { format, packed, damage, body } = drawn;
    return { seed, damage, body, format: named(format, packed), ...ended };
  }

  async #draw(seed: number, only: Format | undefined): Promise<Case> {
    const random = new Random(seed);
    const format = only ?? random.pick(formats);
    const packed = format !== 'parquet' && random.chance(0.3);
    const number = audienceIn(random);
    const names = namesOf(random);
    const sound = await this.#sound(format, number, names, random);
    const other = await this.#sound(format, audienceIn(random), names, random);
    const pack = (body: Buffer) => (packed ? compressed(body, random) : body);
    const rows = sound.rows.length;
    const inner = packed && random.chance(0.4);
    const kinds = damages[format === 'parquet' ? 'parquet' : packed && !inner ? 'gzip' : 'text'];
    // In turn, so that each has its share.
    const [damage, harm] = kinds[seed % kinds.length] ?? random.pick(kinds);
    const body = inner
      ? pack(harm({ body: sound.body, other: other.body, rows }, random))
      : harm({ body: pack(sound.body), other: pack(other.body), rows }, random);
    const beside = random.chance(0.15) ? other : undefined;
    return { seed, format, packed, damage, body, audience: number, sound, beside };
  }

  async #sound(
    format: Format,
    number: number,
    names: readonly string[],
    random: Random,
  ): Promise<Sound> {
    const rows = audience(number);
    if (format === 'csv') return { rows, body: asCsv(rows, names, random) };
    if (format === 'parquet') return { rows, body: await this.#parquetOf(number, rows) };
    const body = asNdjson(rows, names, random);
    const last: Cells = [null, null, null];
    return { rows: [...rows, last], body };
  }

  async #parquetOf(number: number, rows: readonly Cells[]): Promise<Buffer> {
    const known = this.#parquet.get(number);
    if (known) return known;
    const [source, target] = [join(this.#folder, 'rows'), join(this.#folder, 'written')];
    await writeFile(source, lines(rows));
    await writeParquet(this.#connection, number, source, target);
    const body = await readFile(target);
    await Promise.all([rm(source), rm(target)]);
    this.#parquet.set(number, body);
    return body;
  }

  /** Everybody of the audience is there, and is looked at anew. */
  async #mirrorOf(number: number): Promise<MirrorPointer> {
    const known = this.#mirrors.get(number);
    if (known) return known;
    const [source, target] = [join(this.#folder, 'rows'), join(this.#folder, 'written')];
    const rows = audience(number);
    await writeFile(source, lines(rows));
    await this.#connection.run(`COPY (
      ${noEntries}
      UNION ALL BY NAME
      SELECT key, '{}' AS record, 'certain' AS state, false AS parked, []::VARCHAR[] AS previous
      FROM read_json('${source}', format = 'newline_delimited', columns = {key: 'VARCHAR'}) ORDER BY key
    ) TO '${target}' (FORMAT parquet)`);
    const body = await readFile(target);
    const location = `mirror-${number}`;
    await this.#state.upload(location, target);
    await Promise.all([rm(source), rm(target)]);
    const sha256 = createHash('sha256').update(body).digest('hex');
    const pointer: MirrorPointer = {
      format: 1,
      base: [{ location, bytes: body.byteLength, sha256, rows: rows.length }],
      deltas: [],
      epoch: 1,
      members: rows.length,
      uncertain: 0,
      target: '',
    };
    this.#mirrors.set(number, pointer);
    return pointer;
  }

  async #judge(drawn: Case): Promise<Pick<Trial, 'verdict' | 'why' | 'message'>> {
    let plan: Plan;
    try {
      plan = await this.#plan(drawn);
    } catch (error) {
      const why = faultOfError(error) ?? needlessly(drawn, error);
      const message = error instanceof Error ? error.message : String(error);
      return why ? { verdict: 'wrong', why, message } : { verdict: 'refused', message };
    }
    return drawn.format === 'parquet' ? judgeParquet(drawn, plan) : judgeText(drawn, plan);
  }

  async #plan({ format, body, audience: number, beside }: Case): Promise<Plan> {
    const files = [body, ...(beside ? [beside.body] : [])];
    const objects = files.map((each, at) => {
      const key = `${at}.${format}`;
      this.#snapshots.write(key, each, 0);
      return { key, etag: this.#snapshots.etag(key) ?? '', size: each.length };
    });
    const session = await this.#engine.open(inputOf(format, objects, await this.#mirrorOf(number)));
    try {
      const found = new Map<string, string | number>();
      const leaving: string[] = [];
      for await (const batch of session.candidates()) {
        for (const { key, row } of batch) {
          if (!row) leaving.push(key);
          else if ('values' in row) found.set(key, JSON.stringify(row.values));
          else if ('conflict' in row) found.set(key, row.conflict);
        }
      }
      return { statistics: session.statistics, found, leaving };
    } finally {
      await session.close();
    }
  }
}

const named = (format: Format, packed: boolean): Trial['format'] =>
  packed && format !== 'parquet' ? `${format}.gz` : format;

const lines = (rows: readonly Cells[]) =>
  rows
    .map(([key, value, city]) => JSON.stringify({ key, value, city }))
    .map((line) => `${line}\n`)
    .join('');

const inputOf = (format: Format, objects: PinnedObject[], mirror: MirrorPointer): PlanInput => ({
  wanted: {
    kind: 'snapshot',
    snapshot: snapshotOf(format, objects),
    reading: usualReading,
  },
  key: ['key'],
  columns,
  fingerprint: '',
  mirror,
  retryFailed: true,
});

const codes = ['file-unreadable', 'column-missing', 'columns-differ'];

/** What is wrong with an error; undefined where it is one of ours, ends with the mend, and shows nobody's value. */
function faultOfError(error: unknown): string | undefined {
  if (!(error instanceof SnapshotError)) return `ended with ${error}`;
  if (!codes.includes(error.code)) return `ended with ${error.code}`;
  if (error.cause !== undefined) return 'the error has a cause';
  const shown = traces(error.message);
  if (shown.length > 0) return `the error shows ${shown.join(', ')}`;
  const hasMend = /\. (Export|Give|Delete|Add|Change|Set csv\.encoding)\b[^.]*\.$/.test(
    error.message,
  );
  return hasMend ? undefined : 'the error does not end with the mend';
}

/** What the strict readers say of the damaged file and the one beside it. */
function readingOf({ format, body, packed, beside }: Case): Reading | undefined {
  const text = packed || body[0] === 0x1f ? unpacked(body) : body;
  // A part of no bytes is a part without rows, whatever its name says.
  if (body.length === 0 || text?.length === 0)
    return { strict: true, lacks: false, vague: false, rows: [...(beside?.rows ?? [])] };
  const read = format === 'csv' ? readCsv : readNdjson;
  const reading = text && read(text);
  if (!reading || (!beside && reading.lacks && reading.rows.length > 0)) return undefined;
  return {
    ...reading,
    strict: reading.strict && !reading.lacks,
    rows: [...reading.rows, ...(beside?.rows ?? [])],
  };
}

/** A text that keeps to every rule has to be read, unless the sound file beside it has other columns. */
function needlessly(drawn: Case, error: unknown): string | undefined {
  const differ = error instanceof SnapshotError && error.code === 'columns-differ';
  if (drawn.beside && differ) return undefined;
  if (drawn.format === 'parquet') {
    return drawn.body.equals(drawn.sound.body) ? 'a sound file was refused' : undefined;
  }
  if (drawn.body.length === 0) return undefined;
  return readingOf(drawn)?.strict ? 'a file without fault was refused' : undefined;
}

function judgeText(drawn: Case, plan: Plan): Pick<Trial, 'verdict' | 'why'> {
  const reading = readingOf(drawn);
  const wrong = (why: string) => ({ verdict: 'wrong' as const, why });
  const { rows } = plan.statistics;
  if (!reading) return wrong(`a broken file was read, as ${rows} rows`);
  if (reading.rows.length !== rows)
    return wrong(`${reading.rows.length} rows were read as ${rows}`);
  if (reading.vague) return { verdict: 'as it says' };
  const why = differs(expected(reading.rows), plan, drawn.audience);
  return why ? wrong(why) : { verdict: 'as it says' };
}

/** As the engine has it: by key the values of its rows, or how many contradict each other. */
function expected(rows: readonly Cells[]): Map<string, string | number> {
  const byKey = Map.groupBy(rows, ([key]) => key ?? null);
  byKey.delete(null);
  return new Map(
    [...byKey].flatMap(([key, same]) => {
      const texts = new Set(same.map((row) => JSON.stringify(row)));
      const [first = ''] = texts;
      return key === null ? [] : [[key, texts.size > 1 ? same.length : first] as const];
    }),
  );
}

function differs(
  rows: ReadonlyMap<string, string | number>,
  plan: Plan,
  number: number,
): string | undefined {
  const lacking = audience(number)
    .flatMap(([key]) => key ?? [])
    .filter((key) => !rows.has(key));
  if (lacking.sort().join() !== [...plan.leaving].sort().join())
    return `${plan.leaving.length} are removed where ${lacking.length} are gone`;
  if (rows.size !== plan.found.size) return `${rows.size} keys were read as ${plan.found.size}`;
  for (const [key, values] of rows) {
    const found = plan.found.get(key);
    if (found === undefined)
      return `a key is missing: ${JSON.stringify(key)} ${[...plan.found.keys()].filter((each) => !rows.has(each))}`;
    if (found !== values)
      return `the cells of a key differ: ${JSON.stringify(values)} ${JSON.stringify(found)}`;
  }
  return undefined;
}

/**
 * No strict reader of Parquet is at hand, and its pages seldom have checksums: that as many rows are read as were
 * written is all that can be asked for, and that nobody is removed whose key stands in the file unharmed.
 */
function judgeParquet(drawn: Case, plan: Plan): Pick<Trial, 'verdict' | 'why'> {
  const own = drawn.body.length === 0 ? [] : drawn.sound.rows;
  const rows = [...own, ...(drawn.beside?.rows ?? [])];
  if (plan.statistics.rows !== rows.length) {
    return { verdict: 'wrong', why: `${rows.length} rows were read as ${plan.statistics.rows}` };
  }
  const why = differs(expected(rows), plan, drawn.audience);
  return why ? { verdict: 'altered', why } : { verdict: 'as it says' };
}
