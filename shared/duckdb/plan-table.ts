/** The plan as a table: appended row by row, written as one Parquet object. */
import type { DuckDBAppender } from '@duckdb/node-api';
import type { Place, PlanRow } from '../domain/plan/plan.ts';
import { storedFormat } from '../stored.ts';
import type { Database } from './database.ts';
import { entryOf, entryType } from './mirror-table.ts';
import { asParquet, literal } from './sql.ts';

const createTable = `CREATE TABLE plan (
  kind VARCHAR, key VARCHAR, action VARCHAR, digest UBIGINT, record VARCHAR,
  phase VARCHAR, chunk INTEGER, position INTEGER, code VARCHAR, reason VARCHAR, rows BIGINT, object VARCHAR,
  identity UUID)`;

/** `was`: the mirror's entry of a key that is changed; NULL where it has none. */
const selectWithEntries = `
  SELECT plan.*, (CASE WHEN entry.key IS NOT NULL THEN ${entryOf('entry')} END)::${entryType} AS was
  FROM plan LEFT JOIN entry ON entry.key = CASE WHEN plan.kind IN ('change', 'refresh') THEN plan.key END`;

export class PlanTable {
  readonly #database: Database;
  readonly #appender: DuckDBAppender;

  private constructor(database: Database, appender: DuckDBAppender) {
    this.#database = database;
    this.#appender = appender;
  }

  static async create(database: Database): Promise<PlanTable> {
    await database.run(createTable);
    return new PlanTable(database, await database.appender('plan'));
  }

  append(row: PlanRow): void {
    this.#text(row.kind);
    this.#text(row.key);
    this.#text(row.kind === 'change' ? row.action : null);
    this.#digest('digest' in row ? row.digest : undefined);
    this.#text('record' in row ? row.record : null);
    this.#place('place' in row ? row.place : undefined);
    const fault = faultOf(row);
    this.#text(fault?.code ?? null);
    this.#text(fault?.reason ?? null);
    this.#count(row.kind === 'invalid' ? row.rows : undefined);
    this.#text(row.kind === 'invalid' ? row.object : null);
    this.#text('identity' in row ? (row.identity ?? null) : null);
    this.#appender.endRow();
  }

  /** From here on statements see what was appended so far. */
  flush(): void {
    this.#appender.flushSync();
  }

  /** Needs the table `entry`. */
  async write(path: string): Promise<void> {
    this.#appender.flushSync();
    await this.#database.run(
      `COPY (${selectWithEntries}) TO ${literal(path)} ${asParquet(storedFormat)}`,
    );
  }

  close(): void {
    this.#appender.closeSync();
  }

  /** `held` stands in the phase alone. */
  #place(place: Place | undefined): void {
    const line = typeof place === 'object' && 'phase' in place ? place : undefined;
    this.#text(place === 'held' ? place : (line?.phase ?? null));
    this.#integer(line?.chunk);
    this.#integer(line?.position);
  }

  #text(value: string | null): void {
    if (value === null) this.#appender.appendNull();
    else this.#appender.appendVarchar(value);
  }

  #integer(value: number | undefined): void {
    if (value === undefined) this.#appender.appendNull();
    else this.#appender.appendInteger(value);
  }

  #count(value: number | undefined): void {
    if (value === undefined) this.#appender.appendNull();
    else this.#appender.appendBigInt(BigInt(value));
  }

  #digest(value: bigint | undefined): void {
    if (value === undefined) this.#appender.appendNull();
    else this.#appender.appendUBigInt(value);
  }
}

function faultOf(row: PlanRow) {
  if (row.kind === 'invalid') return row.fault;
  if (!('place' in row) || row.place === 'held') return undefined;
  return 'code' in row.place ? row.place : undefined;
}
