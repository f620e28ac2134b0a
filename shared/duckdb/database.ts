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
import { InvariantError, PassingError } from '../domain/words/errors.ts';
import { literal, pathPattern } from './sql.ts';

export interface DatabaseLimits {
  /** For DuckDB alone, in MiB; the process takes up to 350 MiB more. */
  readonly memoryLimitMb: number;
  /** @default all cores */
  readonly threads?: number;
  /**
   * Statements name hundreds of columns. DuckDB looks for expressions they have in common in a time that grows with the
   * square of them (800 columns of text: 15 s, 2 s without); of a few columns it is worth it. @default false
   */
  readonly isWide?: boolean;
  /**
   * A DuckDB that is open, whose folder holds this one's: what is opened within it is ready at once, has tables of
   * its own, and shares the limits; where one of them is lost, all are. @default one of its own
   */
  readonly within?: Database;
}

/** DuckDB refused a statement. Where it was reading somebody's file, the file is at fault; else we are. */
export class StatementError extends InvariantError {
  /** False where it could not make sense of the statement itself, whatever stands in a file. */
  readonly mayBeOfFile: boolean;

  constructor(kind: string) {
    super(`DuckDB refused a statement (${kind} error). Report it as a defect.`);
    this.mayBeOfFile = !ofStatements.has(kind);
  }
}

const ofStatements = new Set(['Binder', 'Catalog', 'Parser', 'Permission']);

/** A running DuckDB, and the catalog of the tables in it where it is shared. */
interface Running {
  readonly instance: DuckDBInstance;
  readonly connection: DuckDBConnection;
  readonly catalog: string | undefined;
}

export class Database {
  readonly #folder: string;
  readonly #limits: DatabaseLimits;
  #running: Running;
  #connections: DuckDBConnection[];
  #isLost = false;
  /** Catalogs opened within this one, and those of them that nobody uses any more. */
  #opened = 0;
  #left: string[] = [];

  private constructor(folder: string, limits: DatabaseLimits, running: Running) {
    this.#folder = folder;
    this.#limits = limits;
    this.#running = running;
    this.#connections = [running.connection];
  }

  /** @param folder absolute; must exist */
  static async open(folder: string, limits: DatabaseLimits): Promise<Database> {
    return new Database(folder, limits, await Database.#start(folder, limits));
  }

  static async #start(folder: string, limits: DatabaseLimits): Promise<Running> {
    const { within } = limits;
    if (within) return await within.#share();
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: `${Math.floor(limits.memoryLimitMb)}MiB`,
      temp_directory: `${folder}/spill`,
      // Row order costs memory, and every order that matters is asked for.
      preserve_insertion_order: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      allow_community_extensions: 'false',
      ...(limits.isWide && { disabled_optimizers: 'common_subexpressions' }),
      ...(limits.threads === undefined ? {} : { threads: String(limits.threads) }),
    });
    const connection = await instance.connect();
    const allowed = [...new Set([`${folder}/`, pathPattern(`${folder}/`)])].map(literal);
    await connection.run(`
      SET GLOBAL TimeZone = 'UTC';
      SET allowed_directories = [${allowed.join(', ')}];
      SET enable_external_access = false;
      SET lock_configuration = true;`);
    return { instance, connection, catalog: undefined };
  }

  async #share(): Promise<Running> {
    if (this.#isLost) await this.renew();
    for (let name = this.#left.pop(); name !== undefined; name = this.#left.pop())
      await this.run(`DETACH ${name}`);
    const catalog = `part${++this.#opened}`;
    await this.run(`ATTACH ':memory:' AS ${catalog}`);
    const { instance } = this.#running;
    return { instance, connection: await connected(instance, catalog), catalog };
  }

  /**
   * DuckDB met what it takes for a fault of its own, as it does over some damaged files, and refuses everything from
   * then on.
   */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Opens it anew, and empty: its tables are gone. */
  async renew(): Promise<void> {
    this.close();
    this.#left = [];
    this.#running = await Database.#start(this.#folder, this.#limits);
    this.#connections = [this.#running.connection];
    this.#isLost = false;
  }

  async run(sql: string): Promise<void> {
    await this.#guard(() => this.#running.connection.run(sql));
  }

  /** For results that fit in memory. */
  async rows(sql: string): Promise<DuckDBValue[][]> {
    return await this.#guard(async () =>
      (await this.#running.connection.runAndReadAll(sql)).getRows(),
    );
  }

  /** The first row's numbers. */
  async counts(sql: string): Promise<number[]> {
    const [row] = await this.rows(sql);
    return (row ?? []).map(Number);
  }

  async columnTypes(sql: string): Promise<DuckDBType[]> {
    return await this.#guard(async () => (await this.#running.connection.run(sql)).columnTypes());
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
    const connection = await connected(this.#running.instance, this.#running.catalog);
    this.#connections.push(connection);
    return connection;
  }

  close(): void {
    for (const connection of this.#connections) connection.disconnectSync();
    const { within } = this.#limits;
    const { instance, catalog } = this.#running;
    if (!within || catalog === undefined) instance.closeSync();
    else if (!within.#isLost) within.#left.push(catalog);
  }

  #lose(): void {
    this.#isLost = true;
    const { within } = this.#limits;
    if (within) within.#lose();
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
    if (kind === 'INTERNAL' || kind === 'FATAL') this.#lose();
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
    return new StatementError(kind);
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
