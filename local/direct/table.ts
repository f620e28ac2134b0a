/**
 * The one table in a file: what DynamoDB keeps for a deployed system, SQLite keeps here. Each write is one transaction,
 * on the disk before it is answered: a power cut loses nothing that was answered, and nothing out of order.
 */
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { ItemKey, Table, TableUpdate } from '../../shared/ports/table.ts';
import { storedFormat } from '../../shared/stored.ts';
import { type Expression, holds } from './condition.ts';
import { diskError } from './disk-error.ts';

type Item = Readonly<Record<string, unknown>>;

export class SqliteTable implements Table {
  readonly #file: string;
  readonly #database: DatabaseSync;
  readonly #get: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;

  /** @throws ConfigurationError `state-damaged` where the file is no sound database */
  constructor(file: string) {
    this.#file = file;
    this.#database = opened(file);
    this.#get = this.#database.prepare('SELECT item FROM items WHERE pk = ? AND sk = ?');
    this.#put = this.#database.prepare(
      'INSERT OR REPLACE INTO items (pk, sk, item) VALUES (?, ?, ?)',
    );
    this.#remove = this.#database.prepare('DELETE FROM items WHERE pk = ? AND sk = ?');
  }

  async get(key: ItemKey): Promise<Item | undefined> {
    return this.#read(key);
  }

  async put(item: Item & ItemKey, condition?: Expression): Promise<boolean> {
    return this.#when(item, condition, () => this.#write(item, item) ?? true) !== undefined;
  }

  async putAll(items: readonly (Item & ItemKey)[]): Promise<void> {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      for (const item of items) this.#write(item, item);
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  async remove(key: ItemKey, condition?: Expression): Promise<boolean> {
    return this.#when(key, condition, () => this.#remove.run(key.pk, key.sk)) !== undefined;
  }

  async update(key: ItemKey, update: TableUpdate): Promise<Item | undefined> {
    const { set = {}, add = {}, remove = [], condition, returns = 'after' } = update;
    return this.#when(key, condition, (before) => {
      const after: Record<string, unknown> = { ...before, ...key };
      for (const [name, value] of Object.entries(set)) if (value !== undefined) after[name] = value;
      for (const name of remove) delete after[name];
      for (const [name, by] of Object.entries(add)) {
        const number = after[name];
        after[name] = (typeof number === 'number' ? number : 0) + by;
      }
      this.#write(key, after);
      return returns === 'before' ? (before ?? {}) : after;
    });
  }

  async page(
    pk: string,
    options: {
      readonly prefix?: string;
      readonly after?: string | undefined;
      readonly newestFirst?: boolean;
      readonly limit?: number;
    },
  ): Promise<{ readonly items: readonly Item[]; readonly isMore: boolean }> {
    const { prefix = '', after, newestFirst = false, limit = -1 } = options;
    const order = newestFirst ? 'DESC' : 'ASC';
    const beyond = after === undefined ? '' : `AND sk ${newestFirst ? '<' : '>'} ?`;
    const rows = this.#database
      .prepare(
        `SELECT item FROM items WHERE pk = ? AND substr(sk, 1, ?) = ? ${beyond} ORDER BY sk ${order} LIMIT ?`,
      )
      .all(
        pk,
        [...prefix].length,
        prefix,
        ...(after === undefined ? [] : [after]),
        limit < 0 ? limit : limit + 1,
      );
    const items = rows.map(({ item }) => parsed(item));
    return limit < 0
      ? { items, isMore: false }
      : { items: items.slice(0, limit), isMore: items.length > limit };
  }

  /** What functions of an ended process had taken is free: none outlives it. What a later release wrote stays as it is. */
  freeClaims(): void {
    this.#database
      .prepare(
        `UPDATE items SET item = json_remove(item, '$.claim', '$.waitUntil')
         WHERE (json_extract(item, '$.claim') IS NOT NULL OR json_extract(item, '$.waitUntil') IS NOT NULL)
           AND json_extract(item, '$.format') <= ?`,
      )
      .run(storedFormat);
  }

  /** Removes what is past its expiry. `now`: epoch milliseconds. */
  expire(now: number): void {
    this.#database
      .prepare(`DELETE FROM items WHERE json_extract(item, '$.expiresAt') < ?`)
      .run(now / 1_000);
  }

  /** A copy of the whole table, consistent, into a file that is not there yet. */
  copyTo(file: string): void {
    this.#database.prepare('VACUUM INTO ?').run(file);
  }

  close(): void {
    this.#database.close();
  }

  #read({ pk, sk }: ItemKey): Item | undefined {
    const row = this.#get.get(pk, sk);
    return row && parsed(row['item']);
  }

  #write({ pk, sk }: ItemKey, item: Item): void {
    try {
      this.#put.run(pk, sk, JSON.stringify(item));
    } catch (error) {
      throw diskError(this.#file, error);
    }
  }

  /** No `await` between the look and the write: one process has the file, so nobody comes in between. */
  #when<T>(
    key: ItemKey,
    condition: Expression | undefined,
    write: (before: Item | undefined) => T,
  ): T | undefined {
    const before = this.#read(key);
    return condition && !holds(condition, before) ? undefined : write(before);
  }
}

const parsed = (json: unknown): Item => JSON.parse(String(json));

function opened(file: string): DatabaseSync {
  const database = new DatabaseSync(file);
  try {
    database.exec(
      `PRAGMA journal_mode = WAL;
       PRAGMA synchronous = FULL;
       CREATE TABLE IF NOT EXISTS items (pk TEXT NOT NULL, sk TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (pk, sk)) WITHOUT ROWID`,
    );
    const found = database.prepare('PRAGMA quick_check(1)').get();
    if (Object.values(found ?? {})[0] !== 'ok') throw new Error('not sound');
    return database;
  } catch (cause) {
    database.close();
    const disk = diskError(file, cause);
    if (disk !== cause) throw disk;
    throw new ConfigurationError(
      'state-damaged',
      `The table in ${file} is damaged, so nothing was started on it. Take back a copy (npx --no-install audience-mirror restore), or move the file away: what the platforms hold is then taken up by adopting it (docs/repair.md).`,
      { cause },
    );
  }
}
