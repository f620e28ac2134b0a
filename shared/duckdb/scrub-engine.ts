/**
 * Takes people out of Parquet tables, each over a local copy. That a table can't be read is believed when it was fetched
 * twice and was not read either time: beside others, DuckDB's own fault over one of them would be all theirs.
 */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { epochOfMirror } from '../contracts/layout.ts';
import { InvariantError, PassingError } from '../domain/words/errors.ts';
import { isAsWritten, noteErased } from '../erased.ts';
import type { StateStore, StoreName } from '../ports/objects.ts';
import type { FoundIn, ScrubEngine, ScrubQuestion, ScrubSession } from '../ports/scrub-engine.ts';
import { Database, type DatabaseLimits, StatementError } from './database.ts';
import { contentOf } from './file-content.ts';
import { formatIn } from './file-format.ts';
import { mirrorContent } from './mirror-table.ts';
import { openScratch, type Scratch } from './scratch.ts';
import { asParquet, fileList, list, literal, shielded, unshielded } from './sql.ts';
import { hmacOf } from './sync-log.ts';

type TableStore = Pick<StateStore, 'get' | 'download' | 'tag' | 'putIfAbsent' | 'replace'>;

export interface ScrubEngineOptions extends DatabaseLimits {
  readonly stores: Readonly<Record<StoreName, TableStore>>;
  /** Folder for files in passing; each session has its own below it. */
  readonly scratch: string;
}

const parallelReads = 8;
/** Somebody else may write a table once or twice in between, but not for ever. */
const maxTries = 5;

export function createScrubEngine(options: ScrubEngineOptions): ScrubEngine {
  return {
    open: async (question) => {
      const scratch = await openScratch(options.scratch, 'scrub');
      let database: Database | undefined;
      try {
        database = await Database.open(scratch.folder, options);
        return new DuckDbScrub(
          options,
          scratch,
          database,
          question,
          await soughtIn(database, question),
        );
      } catch (error) {
        database?.close();
        await scratch.remove();
        throw error;
      }
    },
  };
}

/** Table `sought`: the keys in every form. */
async function soughtIn(
  database: Database,
  { keys, hashKey }: ScrubQuestion,
): Promise<Set<string>> {
  const plain = `SELECT unnest(${list(keys.map(literal))}::VARCHAR[]) AS key`;
  const hashed = hashKey ? ` UNION SELECT ${hmacOf('key', hashKey)} FROM (${plain})` : '';
  await database.run(`CREATE TABLE sought AS ${plain}${hashed}`);
  const forms = await database.rows(`SELECT ${shielded('key')} FROM sought`);
  return new Set(forms.map(([key]) => unshielded(String(key))));
}

class DuckDbScrub implements ScrubSession {
  readonly forms: ReadonlySet<string>;
  readonly #stores: ScrubEngineOptions['stores'];
  readonly #scratch: Scratch;
  readonly #database: Database;
  readonly #question: ScrubQuestion;
  #files = 0;

  constructor(
    { stores }: ScrubEngineOptions,
    scratch: Scratch,
    database: Database,
    question: ScrubQuestion,
    forms: ReadonlySet<string>,
  ) {
    this.#stores = stores;
    this.#scratch = scratch;
    this.#database = database;
    this.#question = question;
    this.forms = forms;
  }

  async find(store: StoreName, tables: readonly string[]): Promise<FoundIn> {
    const rows = new Map<string, number>();
    const suspects: string[] = [];
    const waiting = [...tables];
    const work = async () => {
      for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
        const count = await this.#count(store, next);
        if (count === 'unreadable') suspects.push(next);
        else if (count > 0) rows.set(next, count);
      }
    };
    const ends = await Promise.allSettled(Array.from({ length: parallelReads }, work));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
    const unreadable: string[] = [];
    for (const table of suspects) {
      await this.#renewed();
      const count = await this.#count(store, table);
      if (count === 'unreadable') unreadable.push(table);
      else if (count > 0) rows.set(table, count);
    }
    await this.#renewed();
    return { rows, unreadable };
  }

  async #count(store: StoreName, table: string): Promise<number | 'unreadable'> {
    return await this.#withCopy(store, table, 0, async (path) => {
      const [rows = 0] = await this.#database.counts(
        `SELECT count(*) FROM ${read(path)} WHERE key IN (FROM sought)`,
      );
      return rows;
    });
  }

  /** Where DuckDB met a fault of its own over a table, its own tables are lost. */
  async #renewed(): Promise<void> {
    if (!this.#database.isLost) return;
    await this.#database.renew();
    await soughtIn(this.#database, this.#question);
  }

  async remove(store: StoreName, table: string): Promise<'done' | 'unreadable'> {
    const first = await this.#removed(store, table);
    if (first === 'done') return first;
    await this.#renewed();
    const second = await this.#removed(store, table);
    await this.#renewed();
    return second;
  }

  async #removed(store: StoreName, table: string): Promise<'done' | 'unreadable'> {
    for (let tries = 0; tries < maxTries; tries++) {
      const tag = await this.#stores[store].tag(table);
      if (tag === undefined) return 'done';
      const isReplaced = await this.#withCopy(store, table, true, async (path) => {
        const next = `${path}-next`;
        await this.#write(store, path, next);
        if (isOfMirror(table)) {
          const content = await mirrorContent(this.#database, next);
          await noteErased(this.#stores.state, table, content);
        }
        return this.#stores[store].replace(table, tag, { file: next });
      });
      if (isReplaced === 'unreadable') return isReplaced;
      if (isReplaced) return 'done';
    }
    throw new PassingError(
      'table-changes',
      `The object ${table} was written by somebody else ${maxTries} times while people were taken out of it. The next try goes on.`,
    );
  }

  /** Milliseconds, which all our times are in, are read as microseconds: they are written as they were. */
  async #write(store: StoreName, from: string, to: string): Promise<void> {
    const described = await this.#database.rows(`DESCRIBE FROM ${read(from)}`);
    const columns = described.map(([name, type]) => {
      const quoted = `"${String(name).replaceAll('"', '""')}"`;
      if (name === 'key') return `CASE WHEN ${isAnothers} THEN key END AS key`;
      return type === 'TIMESTAMP' ? `${quoted}::TIMESTAMP_MS AS ${quoted}` : quoted;
    });
    const format = await formatIn(this.#database, from);
    await this.#database.run(`COPY (
      SELECT ${columns.join(', ')} FROM ${read(from, 'file_row_number = true, ')}
      WHERE ${store === 'logs' ? 'true' : isAnothers} ORDER BY file_row_number
    ) TO ${literal(to)} ${asParquet(format)}`);
  }

  /** `gone`: the answer where there is no such object. */
  async #withCopy<T>(
    store: StoreName,
    table: string,
    gone: T,
    use: (path: string) => Promise<T>,
  ): Promise<T | 'unreadable'> {
    const path = join(this.#scratch.folder, `table-${this.#files++}`);
    try {
      if (!(await this.#fetch(store, table, path))) return gone;
      const written = this.#question.written.get(table);
      const { state } = this.#stores;
      if (written && !(await isAsWritten(state, written, await contentOf(path))))
        return 'unreadable';
      return await use(path);
    } catch (error) {
      if (error instanceof StatementError && error.mayBeOfFile) return 'unreadable';
      if (error instanceof InvariantError) {
        throw new InvariantError(`The object ${table} cannot be read. ${error.message}`);
      }
      throw error;
    } finally {
      await rm(path, { force: true });
      await rm(`${path}-next`, { force: true });
    }
  }

  /** False where it is gone, perhaps since a moment ago. */
  async #fetch(store: StoreName, table: string, path: string): Promise<boolean> {
    try {
      await this.#stores[store].download(table, path);
      return true;
    } catch (error) {
      if ((await this.#stores[store].tag(table)) === undefined) return false;
      throw error;
    }
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.#scratch.remove();
  }
}

const isOfMirror = (table: string) => epochOfMirror(table) !== undefined;

const isAnothers = '(key IS NULL OR key NOT IN (FROM sought))';

const read = (path: string, options = '') =>
  `read_parquet(${fileList([path])}, ${options}hive_partitioning = false)`;
