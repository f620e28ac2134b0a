/** The plan as a table: appended row by row, written as one Parquet object. */
import type { DuckDBAppender } from '@duckdb/node-api';
import type { PlanRow } from '../domain/plan.ts';
import type { Database } from './database.ts';
import { literal } from './sql.ts';

const createTable = `CREATE TABLE plan (
  kind VARCHAR, key VARCHAR, action VARCHAR, digest UBIGINT, record VARCHAR,
  phase VARCHAR, chunk INTEGER, position INTEGER, code VARCHAR, reason VARCHAR, rows BIGINT, object VARCHAR)`;

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
    this.#digest(row.kind === 'invalid' ? undefined : row.digest);
    this.#text(row.kind === 'invalid' ? null : row.record);
    const place = row.kind === 'change' && 'phase' in row.place ? row.place : undefined;
    this.#text(place?.phase ?? null);
    this.#integer(place?.chunk);
    this.#integer(place?.position);
    const fault = faultOf(row);
    this.#text(fault?.code ?? null);
    this.#text(fault?.reason ?? null);
    this.#count(row.kind === 'invalid' ? row.rows : undefined);
    this.#text(row.kind === 'invalid' ? row.object : null);
    this.#appender.endRow();
  }

  async write(path: string): Promise<void> {
    this.#appender.flushSync();
    await this.#database.run(`COPY plan TO ${literal(path)} (FORMAT parquet, COMPRESSION zstd)`);
  }

  close(): void {
    this.#appender.closeSync();
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
  return row.kind === 'change' && 'code' in row.place ? row.place : undefined;
}
