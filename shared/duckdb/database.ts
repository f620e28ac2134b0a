/**
 * One DuckDB in memory, shut in one scratch folder: it spills there, and reads and writes nowhere else.
 *
 * DuckDB's own error texts quote the line or value they stumble over, and those belong to people. They end here:
 * no message of theirs is passed on, not as a cause either.
 */
import {
  type DuckDBAppender,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBType,
  type DuckDBValue,
} from '@duckdb/node-api';
import { InvariantError, PassingError } from '../domain/errors.ts';
import { literal, pathPattern } from './sql.ts';

export interface DatabaseLimits {
  /** For DuckDB alone, in MiB; the process takes up to 350 MiB more. */
  readonly memoryLimitMb: number;
  /** @default all cores */
  readonly threads?: number;
  /**
   * A DuckDB that is open, whose folder holds this one's: what is opened within it is ready at once, has tables of
   * its own, and shares the limits. @default one of its own
   */
  readonly within?: Database;
}

/** DuckDB refused a statement. Where it was reading somebody's file, the file is at fault; else we are. */
export class StatementError extends InvariantError {}

export class Database {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #connections: DuckDBConnection[];
  readonly #limits: DatabaseLimits;
  /** Of its tables, where it lies within another. */
  readonly #catalog: string | undefined;
  /** Catalogs opened within this one, and those of them that nobody uses any more. */
  #opened = 0;
  readonly #left: string[] = [];

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    limits: DatabaseLimits,
    catalog?: string,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#connections = [connection];
    this.#limits = limits;
    this.#catalog = catalog;
  }

  /** @param folder absolute; must exist */
  static async open(folder: string, limits: DatabaseLimits): Promise<Database> {
    const { within } = limits;
    if (within) return await within.#open();
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(limits.memoryLimitMb)}MiB`,
      temp_directory: `${folder}/spill`,
      // Row order costs memory, and every order that matters is asked for.
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      ...(limits.threads === undefined ? {} : { threads: String(limits.threads) }),
    });
    const database = new Database(instance, await instance.connect(), limits);
    const allowed = [...new Set([`${folder}/`, pathPattern(`${folder}/`)])].map(literal);
    await database.run(`
      SET GLOBAL TimeZone = 'UTC';
      SET allowed_directories = [${allowed.join(', ')}];
      SET enable_external_access = false;
      SET lock_configuration = true;`);
    return database;
  }

  async #open(): Promise<Database> {
    for (let name = this.#left.pop(); name !== undefined; name = this.#left.pop())
      await this.run(`DETACH ${name}`);
    const catalog = `part${++this.#opened}`;
    await this.run(`ATTACH ':memory:' AS ${catalog}`);
    const connection = await connected(this.#instance, catalog);
    return new Database(this.#instance, connection, { ...this.#limits, within: this }, catalog);
  }

  async run(sql: string): Promise<void> {
    await this.#guard(() => this.#connection.run(sql));
  }

  /** For results that fit in memory. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    return await this.#guard(async () => (await this.#connection.runAndReadAll(sql)).getRows());
  }

  /** The first row's numbers. */
  async counts(sql: string): Promise<number[]> {
    const [row] = await this.rows(sql);
    return (row ?? []).map(Number);
  }

  async columnTypes(sql: string): Promise<DuckDBType[]> {
    return await this.#guard(async () => (await this.#connection.run(sql)).columnTypes());
  }

  /** Resolves when the first rows are there; the rest is computed as it is read. On a connection of its own. */
  async stream(sql: string): Promise<AsyncIterable<DuckDBDataChunk>> {
    const connection = await this.#connect();
    const next = await this.#guard(async () => {
      const result = await connection.stream(sql);
      return () => result.fetchChunk();
    });
    const first = await this.#guard(next);
    return this.#chunks(first, next);
  }

  async *#chunks(
    first: DuckDBDataChunk | null,
    next: () => Promise<DuckDBDataChunk | null>,
  ): AsyncGenerator<DuckDBDataChunk> {
    for (let chunk = first; chunk && chunk.rowCount > 0; chunk = await this.#guard(next)) {
      yield chunk;
    }
  }

  /** On a connection of its own, so that rows can be appended while a result is being read. */
  async appender(table: string): Promise<DuckDBAppender> {
    const connection = await this.#connect();
    return await this.#guard(() => connection.createAppender(table));
  }

  async #connect(): Promise<DuckDBConnection> {
    const connection = await connected(this.#instance, this.#catalog);
    this.#connections.push(connection);
    return connection;
  }

  close(): void {
    for (const connection of this.#connections) connection.disconnectSync();
    const { within } = this.#limits;
    if (within && this.#catalog !== undefined) within.#left.push(this.#catalog);
    else this.#instance.closeSync();
  }

  async #guard<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (error) {
      throw this.#translated(error);
    }
  }

  #translated(error: unknown): Error {
    const text = error instanceof Error ? error.message : '';
    // Only what DuckDB itself wrote at the start counts: further on, a person's words may stand.
    const kind = /^[A-Za-z ]{1,40}(?= Error:)/.exec(text)?.[0] ?? 'unknown';
    if (kind === 'IO' && /No space left|Could not write/.test(text)) {
      return new PassingError(
        'scratch-full',
        'The scratch folder is full. Give the function more ephemeral storage, or export fewer columns.',
      );
    }
    if (kind === 'Out of Memory') {
      return new PassingError(
        'memory-exhausted',
        `DuckDB could not do with its ${this.#limits.memoryLimitMb} MiB and the space in the scratch folder. Give the function more of both, or export narrower rows.`,
      );
    }
    return new StatementError(`DuckDB refused a statement (${kind} error). Report it as a defect.`);
  }
}

async function connected(
  instance: DuckDBInstance,
  catalog: string | undefined,
): Promise<DuckDBConnection> {
  const connection = await instance.connect();
  if (catalog !== undefined) await connection.run(`USE ${catalog}`);
  return connection;
}
