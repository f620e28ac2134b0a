/** A folder for one test with file-backed stand-ins of the stores, and a DuckDB to make files with. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DuckDBInstance } from '@duckdb/node-api';
import { vi } from 'vitest';
import type { MirrorObjects, MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { SendPhase } from '../../shared/contracts/run.ts';
import type { Source } from '../../shared/contracts/sync.ts';
import type { LogRecord } from '../../shared/contracts/sync-log.ts';
import type { MirrorEntry } from '../../shared/domain/plan/mirror.ts';
import type { Candidate, PlanRow } from '../../shared/domain/plan/plan.ts';
import { Database, type DatabaseLimits } from '../../shared/duckdb/database.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { createRecordLog } from '../../shared/duckdb/record-log.ts';
import type { FoldResult } from '../../shared/ports/fold-engine.ts';
import type { LogStore } from '../../shared/ports/objects.ts';
import type { PlanInput, PlanSession } from '../../shared/ports/plan-engine.ts';
import { storedFormat } from '../../shared/stored.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';
import { fileSnapshots, fileState } from './file-stores.ts';

/** Files of many megabytes are read here, on whatever machine there is. */
vi.setConfig({ testTimeout: 120_000 });

export interface PlanOutcome {
  readonly statistics: PlanSession['statistics'];
  readonly keyless: PlanSession['keyless'];
  readonly lacking: PlanSession['lacking'];
  readonly candidates: Candidate[];
}

export type PlanQuestion = Partial<Omit<PlanInput, 'wanted'>> & {
  /** Where it is not as usual. */
  readonly reading?: Partial<Source>;
  readonly csv?: Partial<Source['csv']>;
  readonly mayLack?: readonly string[];
  readonly format: 'parquet' | 'csv' | 'ndjson';
  /** Names of files in the folder of snapshots. */
  readonly objects: readonly string[];
};

export interface Folded {
  readonly result: Omit<FoldResult, 'mirror'>;
  readonly next: MirrorRow[];
  readonly pointer: MirrorPointer;
  readonly log: LogRecord[];
}

/** One row of a mirror; a digest makes it match a row of a snapshot. */
export type MirrorRow = MirrorEntry & {
  readonly key: string;
  readonly digest: string | null;
  readonly identity?: string | null;
};

export class Workplace {
  readonly folder: string;
  readonly scratch: string;
  readonly state: LogStore;
  /** Of the engines. */
  readonly limits: DatabaseLimits;
  readonly #instance: DuckDBInstance;
  #epoch = 0;

  private constructor(
    folder: string,
    instance: DuckDBInstance,
    limits: DatabaseLimits,
    scratch: string,
  ) {
    this.folder = folder;
    this.scratch = join(folder, scratch);
    this.state = fileState(join(folder, 'state'));
    this.limits = limits;
    this.#instance = instance;
  }

  /** @param own name of a scratch folder in which each engine opens a DuckDB of its own; else they share one */
  static async open(own?: string): Promise<Workplace> {
    const folder = await mkdtemp(join(tmpdir(), 'audience-mirror-'));
    await mkdir(join(folder, 'snapshots'));
    await mkdir(join(folder, 'state'));
    const limits = { memoryLimitMb: 1_024, threads: 2 };
    const shared = own === undefined && { within: await Database.open(folder, limits) };
    const instance = await DuckDBInstance.create(':memory:');
    return new Workplace(folder, instance, { ...limits, ...shared }, own ?? 'scratch');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#instance.closeSync();
    this.limits.within?.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Where the object of a snapshot lies. */
  object(key: string): string {
    return join(this.folder, 'snapshots', encodeURIComponent(key));
  }

  async write(key: string, body: string | Uint8Array): Promise<string> {
    await writeFile(this.object(key), body);
    return key;
  }

  async copy(file: string): Promise<string> {
    await copyFile(file, this.object(basename(file)));
    return basename(file);
  }

  async sql(text: string): Promise<unknown[][]> {
    const connection = await this.#instance.connect();
    await connection.run(`SET TimeZone = 'UTC'`);
    const rows = (await connection.runAndReadAll(text)).getRows();
    connection.closeSync();
    return rows;
  }

  /** Writes a query's result as an object of a snapshot. */
  async export(key: string, query: string, format = 'parquet'): Promise<string> {
    await this.sql(`COPY (${query}) TO '${this.object(key)}' (FORMAT ${format})`);
    return key;
  }

  engine() {
    return createPlanEngine({
      snapshots: fileSnapshots(join(this.folder, 'snapshots')),
      state: this.state,
      scratch: this.scratch,
      ...this.limits,
    });
  }

  async open(question: PlanQuestion): Promise<PlanSession> {
    const { format, objects, csv, reading, mayLack = [], ...rest } = question;
    const pinned = objects.map(async (key) => ({
      key,
      etag: 'any',
      size: existsSync(this.object(key)) ? (await stat(this.object(key))).size : 0,
    }));
    return await this.engine().open({
      wanted: {
        kind: 'snapshot',
        snapshot: snapshotOf(format, await Promise.all(pinned)),
        reading: { ...usualReading, ...reading, csv: { ...usualReading.csv, ...csv } },
        mayLack,
      },
      key: ['key'],
      columns: ['key'],
      fingerprint: 'one',
      mirror: undefined,
      retryFailed: false,
      ...rest,
    });
  }

  async plan(question: PlanQuestion): Promise<PlanOutcome> {
    const session = await this.open(question);
    try {
      const candidates: Candidate[] = [];
      for await (const batch of session.candidates()) candidates.push(...batch);
      const { statistics, keyless, lacking } = session;
      return { statistics, keyless, lacking, candidates };
    } finally {
      await session.close();
    }
  }

  /** The values of one row's columns, as they reach the records. */
  async values(question: PlanQuestion): Promise<unknown[]> {
    const { candidates } = await this.plan(question);
    return candidates.flatMap(({ row }) => (row && 'values' in row ? [...row.values] : []));
  }

  /** A mirror of one object. */
  async mirror(rows: readonly MirrorRow[]): Promise<MirrorPointer> {
    const epoch = ++this.#epoch;
    const file = join(this.folder, 'mirror.ndjson');
    const lines = rows.map((row) => JSON.stringify(row));
    await writeFile(file, lines.join('\n'));
    const location = `mirror-${epoch}`;
    const object = join(this.folder, 'state', location);
    await this.sql(`COPY (
      SELECT * FROM read_json('${file}', format = 'newline_delimited', columns = {
        key: 'VARCHAR', digest: 'UBIGINT', record: 'VARCHAR', state: 'VARCHAR', parked: 'BOOLEAN',
        previous: 'VARCHAR[]', identity: 'UUID', ids: 'VARCHAR[]', raw: 'BIGINT'
      }) ORDER BY key) TO '${object}' (FORMAT parquet)`);
    const body = await readFile(object);
    const sha256 = createHash('sha256').update(body).digest('hex');
    return {
      format: 1,
      base: [{ location, bytes: body.byteLength, sha256, rows: rows.length }],
      deltas: [],
      epoch,
      members: rows.length,
      uncertain: rows.filter(({ state, parked }) => state !== 'certain' && !parked).length,
    };
  }

  /** In byte order of the keys. */
  async readMirror({ base, deltas }: MirrorObjects): Promise<MirrorRow[]> {
    const entries = new Map<string, MirrorRow>();
    for (const { location } of [...base, ...deltas]) {
      for (const row of await this.#mirrorRows(location)) {
        if (row.state === 'gone') entries.delete(row.key);
        else entries.set(row.key, row);
      }
    }
    return [...entries.values()].sort((a, b) =>
      Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
    );
  }

  async #mirrorRows(location: string): Promise<(MirrorRow | { key: string; state: 'gone' })[]> {
    const rows = await this.sql(
      `SELECT to_json(mirror)::VARCHAR FROM read_parquet('${join(this.folder, 'state', encodeURIComponent(location))}') AS mirror`,
    );
    return rows.map(([text]) => {
      const {
        ids: _,
        raw: __,
        ...row
      } = JSON.parse(String(text).replace(/"digest":(\d+)/, '"digest":"$1"'));
      // DuckDB writes a UUID with dashes.
      const identity = row.identity?.replaceAll('-', '') ?? null;
      return { ...row, identity };
    });
  }

  /** Writes a plan and its outcomes, folds them, and reads the next mirror. */
  async fold(input: {
    readonly mirror?: MirrorPointer | undefined;
    readonly plan: readonly PlanRow[];
    readonly outcomes?: readonly { phase: SendPhase; chunk: number; lines: OutcomeLine[] }[];
    readonly retryFailed?: boolean;
    /** Keys are logged as their HMAC. */
    readonly hashKey?: Uint8Array | undefined;
    /** @default one of its own */
    readonly log?: string;
  }): Promise<Folded> {
    const epoch = ++this.#epoch;
    const { log: location = `log-${epoch}` } = input;
    // Everybody the mirror has is a candidate, so that the plan has the entries.
    const session = await this.open({ format: 'ndjson', objects: [], mirror: input.mirror });
    await session.append(input.plan);
    await session.finish(`plan-${epoch}`);
    await session.close();
    const outcomes = await Promise.all(
      (input.outcomes ?? []).map(async ({ phase, chunk, lines }) => {
        const location = `outcomes-${epoch}-${phase}-${chunk}`;
        const [first, ...rest] = lines;
        // As it is written, but for lines that nobody would write.
        const text = (first ? [{ format: storedFormat, ...first }, ...rest] : [])
          .map((line) => `${JSON.stringify(line)}\n`)
          .join('');
        await this.state.put(location, gzipSync(text));
        return { phase, chunk, location };
      }),
    );
    const target = `next-${epoch}-`;
    const engine = createFoldEngine({
      state: this.state,
      logs: this.state,
      scratch: this.scratch,
      ...this.limits,
    });
    const result = await engine.fold({
      mirror: input.mirror,
      plan: `plan-${epoch}`,
      outcomes,
      retryFailed: input.retryFailed ?? true,
      target,
      log: {
        location,
        sync: 'customers',
        run: `run${epoch}`,
        hashKey: input.hashKey,
      },
    });
    const { mirror, ...rest } = result;
    if (!mirror) throw new Error('No mirror was written.');
    const { members, uncertain } = result;
    const pointer = { ...mirror, epoch, members, uncertain };
    const log = await this.readLog(location);
    return { result: rest, next: await this.readMirror(mirror), pointer, log };
  }

  /** All of a run's log; empty where none was written. */
  async readLog(location: string): Promise<LogRecord[]> {
    const options = { logs: this.state, scratch: this.scratch, ...this.limits };
    const page = await createRecordLog(options).find(location, { limit: 100_000 });
    return (page?.records ?? []).map(({ place: _, ...record }) => record);
  }

  /** What was left behind in the scratch folder. */
  async leftovers(): Promise<string[]> {
    return existsSync(this.scratch) ? await readdir(this.scratch) : [];
  }
}

/** A line that says the positions met this outcome. */
export const outcomeLine = (
  from: number,
  to: number,
  outcome: OutcomeLine['outcome'],
  code = outcome as string,
): OutcomeLine => ({
  from,
  to,
  outcome,
  code,
  reason: `because of ${code}`,
  status: 200,
  request: 'r',
  attempts: 1,
  firstAt: 0,
  lastAt: 0,
});

export const sampleFolder = join(dirname(dirname(import.meta.dirname)), 'local', 'sample');
