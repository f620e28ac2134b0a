/** Reads the rows of a snapshot; where that fails, finds the file and line that are to blame. */

import type { CsvDialect } from '../contracts/sync.ts';
import { type CanonicalSql, escaped, orNull } from './canonical-sql.ts';
import { findBrokenCsvLine } from './csv-check.ts';
import { type Database, StatementError } from './database.ts';
import { findBrokenNdjsonLine } from './ndjson.ts';
import { decrypt, unreadable } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import type { Pace, SnapshotPart } from './snapshot-part.ts';
import { fileList, list, literal, shielded, unshielded } from './sql.ts';
import type { BrokenLine } from './text-blocks.ts';

/** Where keys and digests come from, and the cells of those rows that are asked for. */
export interface RowScan {
  /** How many rows there are, where that is known without reading them. */
  count(): Promise<number | undefined>;
  /** Runs a step that reads the rows; it may be run again from its beginning. */
  attempt<T>(step: (queries: ScanQueries) => Promise<T>): Promise<T>;
  /**
   * What a header line looks like that stands among the rows: the file was put together from several, and the names of
   * the columns would pass for a member. Undefined where there are no such lines.
   */
  header(): Promise<HeaderRow | undefined>;
  /** Of a file, by its place, in which it does. */
  headerTwice(file: number): Error;
}

export interface HeaderRow {
  readonly key: string;
  readonly cells: string;
}

export interface ScanQuestion {
  readonly format: 'parquet' | 'csv' | 'ndjson';
  readonly csv: CsvDialect;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Part of every digest. */
  readonly fingerprint: string;
}

/**
 * Queries over rows, in no order. Of each row: `key` (NULL where there is none), `digest`, `file` (its place among the
 * scan's files) and perhaps `cells`: the values of the columns as the text of a JSON array, or a record.
 */
export interface ScanQueries {
  /** Of all rows `key`, `digest`, `file`, and `row`: their number in the file, NULL where they are not found by one. */
  readonly digests: string;
  /** Of the rows in this table of `file` and `row` these and `key`; undefined: rows are not found by a number. */
  readonly keys: ((some: string) => string) | undefined;
  /** Of all rows `key`, `digest`, `file`, `cells`. */
  readonly whole: string;
  /** Of the rows in this table of `digests` `key`, `digest`, `cells`; where they have no number, of all rows of their keys. */
  cells(some: string): string;
}

const none = 'NULL::VARCHAR AS key, 0::UBIGINT AS digest, NULL::INTEGER AS file';

export const noRows: ScanQueries = {
  digests: `SELECT ${none}, NULL::BIGINT AS row WHERE false`,
  keys: () => `SELECT ${none}, NULL::BIGINT AS row WHERE false`,
  whole: `SELECT ${none}, NULL::VARCHAR AS cells WHERE false`,
  cells: () => `SELECT ${none}, NULL::VARCHAR AS cells WHERE false`,
};

/** Compressions of Parquet that DuckDB reads. */
const readable = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI', 'LZ4_RAW'].map(literal);

const again = 'Export it again; mend what writes it if it comes out the same.';

/** A column that the files may lack is null in all their rows. */
const valueIn = (part: Values, name: string): CanonicalSql =>
  part.columns.includes(name) ? part.value(name) : { text: nullText, json: nullText };

const nullText = 'NULL::VARCHAR';

const brokenAt = ({ line, what }: BrokenLine) => `cannot be read: line ${line} ${what}`;

const rawIn = (part: Values, name: string): string =>
  part.columns.includes(name) ? part.raw(name) : nullText;

type Values = Pick<SnapshotPart, 'columns' | 'value' | 'raw' | 'types'>;

export class SnapshotScan implements RowScan {
  readonly #database: Database;
  readonly #parts: readonly SnapshotPart[];
  readonly #question: ScanQuestion;
  #pace: Pace = 'swift';

  constructor(database: Database, parts: readonly SnapshotPart[], question: ScanQuestion) {
    this.#database = database;
    this.#parts = parts;
    this.#question = question;
  }

  /**
   * Runs a step that reads the snapshot; it may be run again from its beginning, after a swift reader that DuckDB
   * did not survive on an empty database.
   * @throws SnapshotError `file-unreadable`
   */
  async attempt<T>(step: (queries: ScanQueries) => Promise<T>): Promise<T> {
    try {
      return await step(this.#queries());
    } catch (error) {
      if (!(error instanceof StatementError)) throw error;
      if (this.#question.format !== 'csv' || this.#pace === 'careful') {
        throw (await this.#blamed()) ?? error;
      }
      await this.#checkCsv();
      this.#pace = 'careful';
      if (this.#database.isLost) await this.#database.renew();
      return await this.attempt(step);
    }
  }

  async header(): Promise<HeaderRow | undefined> {
    if (this.#question.format !== 'csv') return undefined;
    const names: Values = {
      columns: [...this.#question.key, ...this.#question.columns],
      types: 'csv',
      raw: literal,
      value: (name) => ({ text: literal(name), json: escaped(literal(name)) }),
    };
    const [row] = await this.#database.rows(
      `SELECT ${shielded(this.#key(names))}, ${this.#cells(names)}`,
    );
    const [key, cells] = row ?? [];
    return typeof key === 'string' ? { key: unshielded(key), cells: String(cells) } : undefined;
  }

  headerTwice(file: number): Error {
    const files = this.#parts.flatMap((part) => part.files);
    return unreadable(
      files[file]?.object ?? '',
      'has its header line twice',
      'Export it again; mend what puts it together from several files.',
    );
  }

  async count(): Promise<number | undefined> {
    if (!this.#parts.every(({ isNumbered }) => isNumbered)) return undefined;
    const files = this.#parts.flatMap((part) => part.files.map(({ path }) => path));
    if (files.length === 0) return 0;
    const [rows] = await this.#database.counts(
      `SELECT sum(num_rows) FROM parquet_file_metadata(${fileList(files)})`,
    );
    return rows;
  }

  /** Rows of parts that were handed over, by a key whose text is not ours. */
  async countForeign(): Promise<number> {
    const each = this.#parts.map(
      (part) =>
        `SELECT count(*) AS n FROM ${part.table(part.files, this.#pace)} WHERE ${this.#key(part)} IS DISTINCT FROM k`,
    );
    if (each.length === 0) return 0;
    return await this.attempt(async () => {
      const [rows = 0] = await this.#database.counts(
        `SELECT sum(n) FROM (${each.join(' UNION ALL ')})`,
      );
      return rows;
    });
  }

  #queries(): ScanQueries {
    const query = (select: (part: SnapshotPart, table: string, file: string) => string) => {
      let before = 0;
      const each = this.#parts.map((part) => {
        const file = `(file_index + ${before})::INTEGER`;
        before += part.files.length;
        return select(part, part.table(part.files, this.#pace), file);
      });
      return each.join(' UNION ALL ');
    };
    if (this.#parts.length === 0) return noRows;
    return {
      digests: query((part, table, file) => {
        const row = part.isNumbered ? 'file_row_number' : 'NULL::BIGINT';
        return `SELECT ${this.#digest(part)}, ${file} AS file, ${row} AS row FROM ${table}`;
      }),
      keys: this.#parts.every(({ isNumbered }) => isNumbered)
        ? (some) =>
            query(
              (part, table, file) =>
                `SELECT ${this.#key(part)} AS key, picked.file, picked.row FROM ${some} AS picked
                 JOIN ${table} ON file_row_number = picked.row AND ${file} = picked.file`,
            )
        : undefined,
      whole: query(
        (part, table, file) =>
          `SELECT ${this.#digest(part)}, ${file} AS file, ${this.#cells(part)} AS cells FROM ${table}`,
      ),
      cells: (some) =>
        query((part, table, file) =>
          part.isNumbered
            ? `SELECT picked.key, picked.digest, ${this.#cells(part)} AS cells FROM ${some} AS picked
               JOIN ${table} ON file_row_number = picked.row AND ${file} = picked.file`
            : `SELECT ${this.#digest(part)}, ${this.#cells(part)} AS cells FROM ${table}
               WHERE ${this.#key(part)} IN (SELECT key FROM ${some})`,
        ),
    };
  }

  /** The text of the one key column, or a JSON array of the texts of several: no two keys look alike. */
  #key(part: Values): string {
    const texts = this.#question.key.map((name) => valueIn(part, name).text);
    const [only] = texts;
    if (only !== undefined && texts.length === 1) return `nullif(${only}, '')`;
    const whole = texts.map((text) => `${text} <> ''`).join(' AND ');
    return `CASE WHEN ${whole} THEN CAST(to_json(${list(texts)}) AS VARCHAR) END`;
  }

  /**
   * Each value is hashed on its own, so that none can run into the next: as it is, since that is the cheapest, and so
   * with the types it came in. The key is shifted by a sign, so that two keys of one hash have not one digest as well.
   */
  #digest(part: Values): string {
    const values = this.#question.columns.map((name) => rawIn(part, name));
    const seed = literal(JSON.stringify([this.#question.fingerprint, part.types]));
    const key = this.#key(part);
    return `${key} AS key, hash(${[seed, ...values, shielded(key)].join(', ')}) AS digest`;
  }

  #cells(part: Values): string {
    const values = this.#question.columns.map((name) => orNull(valueIn(part, name).json));
    return `concat('[', ${values.join(`, ',', `) || `''`}, ']')`;
  }

  /**
   * Tells bad files from good ones that only the swift reader cannot read. The careful reader cannot be asked:
   * it leaves out the rows after a quote that is never closed, without a word.
   */
  async #checkCsv(): Promise<void> {
    for (const { files, width } of this.#parts) {
      for (const { object, path } of files) {
        const broken = await findBrokenCsvLine(path, this.#question.csv, width);
        if (broken) throw unreadable(object, brokenAt(broken), again);
      }
    }
  }

  /** The error that names the file and, where it can be found, the line that cannot be read. */
  async #blamed(): Promise<Error | undefined> {
    for (const part of this.#parts) {
      for (const file of part.files) {
        if (await this.#reads(part, file)) continue;
        const isText = this.#question.format === 'ndjson';
        const broken = isText ? await findBrokenNdjsonLine(file.path) : undefined;
        if (broken) return unreadable(file.object, brokenAt(broken), again);
        const unknown = await this.#unknown(file);
        return unknown
          ? unreadable(file.object, `cannot be read: ${unknown.what}`, unknown.mend)
          : unreadable(file.object, this.#vague(), again);
      }
    }
    return undefined;
  }

  async #reads(part: SnapshotPart, file: SnapshotFile): Promise<boolean> {
    const rows = `SELECT ${this.#digest(part)} FROM ${part.table([file], 'careful')}`;
    if (this.#database.isLost) await this.#database.renew();
    try {
      await this.#database.run(`SELECT bit_xor(digest), max(key) FROM (${rows})`);
      return true;
    } catch (error) {
      if (error instanceof StatementError) return false;
      throw error;
    }
  }

  /** What of a Parquet file is no damage, but beyond what DuckDB reads. */
  async #unknown({ path }: SnapshotFile): Promise<{ what: string; mend: string } | undefined> {
    if (this.#question.format !== 'parquet') return undefined;
    if (this.#database.isLost) await this.#database.renew();
    const file = fileList([path]);
    const [row = []] = await this.#database.rows(
      `SELECT (SELECT max(encryption_algorithm) FROM parquet_file_metadata(${file})),
         max(compression) FILTER (compression NOT IN (${readable})),
         bool_or(contains(encodings, 'BYTE_STREAM_SPLIT') AND type NOT IN ('FLOAT', 'DOUBLE'))
       FROM parquet_metadata(${file})`,
    );
    const [encryption, compression, isSplit] = row;
    if (encryption !== null) return { what: 'it is encrypted', mend: decrypt };
    const mend = 'Export it with snappy or zstd.';
    if (compression !== null) {
      const kind = compression === 'LZ4' ? 'LZ4 of the old Hadoop kind' : String(compression);
      return { what: `it is compressed with ${kind}`, mend };
    }
    return isSplit === true
      ? { what: 'it has numbers in the encoding BYTE_STREAM_SPLIT', mend }
      : undefined;
  }

  #vague(): string {
    switch (this.#question.format) {
      case 'csv': {
        const { delimiter, quote } = this.#question.csv;
        return `cannot be read as CSV with the delimiter ${JSON.stringify(delimiter)} and the quote ${JSON.stringify(quote)}`;
      }
      case 'ndjson':
        return 'cannot be read as NDJSON';
      case 'parquet':
        return 'is damaged: its footer is good, but not all of its data can be read';
    }
  }
}
