/** Reads the rows of a snapshot; where that fails, finds the file and line that are to blame. */

import { type Canonical, escaped, orNull } from './canonical.ts';
import type { CsvDialect } from './csv.ts';
import { findCsvFault } from './csv-check.ts';
import { type Database, StatementError } from './database.ts';
import { findNdjsonFault } from './ndjson.ts';
import { unreadable } from './snapshot-errors.ts';
import type { SnapshotFile } from './snapshot-files.ts';
import type { Pace, SnapshotPart } from './snapshot-part.ts';
import { list, literal } from './sql.ts';
import type { TextFault } from './text-blocks.ts';

/** Where keys and digests come from, and the cells of those rows that are asked for. */
export interface RowScan {
  /** Runs a step that reads the rows; it may be run again from its beginning. */
  attempt<T>(step: (queries: ScanQueries) => Promise<T>): Promise<T>;
  /**
   * Refuses a file in which the header line stands once more: it was put together from several, and the names of
   * the columns would pass for a member.
   * @param found table of the keys and digests of all rows
   * @throws SnapshotError `file-unreadable`
   */
  refuseHeaders(found: string): Promise<void>;
}

export interface ScanQuestion {
  readonly format: 'parquet' | 'csv' | 'ndjson';
  readonly csv: CsvDialect;
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Part of every digest. */
  readonly fingerprint: string;
}

/** Queries over all rows, in no order. */
export interface ScanQueries {
  /** `key` (NULL where there is none), `digest`, `filename`. */
  readonly digests: string;
  /** `key`, `cells`: the values of the columns as the text of a JSON array, or a record. */
  readonly cells: string;
}

export const noRows =
  'SELECT NULL::VARCHAR AS key, 0::UBIGINT AS digest, NULL::VARCHAR AS filename, NULL::VARCHAR AS cells WHERE false';

const again = 'Export it again; mend what writes it if it comes out the same.';

/** A column that the files may lack is null in all their rows. */
const valueIn = (part: Values, name: string): Canonical =>
  part.columns.includes(name) ? part.value(name) : { text: nullText, json: nullText };

const nullText = 'NULL::VARCHAR';

const faulty = ({ line, what }: TextFault) => `cannot be read: line ${line} ${what}`;

type Values = Pick<SnapshotPart, 'columns' | 'value'>;

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

  async refuseHeaders(found: string): Promise<void> {
    if (this.#question.format !== 'csv') return;
    const names: Values = {
      columns: [...this.#question.key, ...this.#question.columns],
      value: (name) => ({ text: literal(name), json: escaped(literal(name)) }),
    };
    const header = `SEMI JOIN (SELECT ${this.#digest(names)}) AS header USING (key, digest)`;
    const [count] = await this.#database.counts(`SELECT count(*) FROM ${found} ${header}`);
    if (count === 0) return;
    const { digests } = this.#queries();
    const [row] = await this.#database.rows(`SELECT min(filename) FROM (${digests}) ${header}`);
    const files = this.#parts.flatMap((part) => part.files);
    const file = files.find(({ path }) => path === row?.[0]);
    throw unreadable(
      file?.object ?? '',
      'has its header line twice',
      'Export it again; mend what puts it together from several files.',
    );
  }

  #queries(): ScanQueries {
    const query = (select: (part: SnapshotPart) => string) =>
      this.#parts
        .map((part) => `SELECT ${select(part)} FROM ${part.table(part.files, this.#pace)}`)
        .join(' UNION ALL ') || noRows;
    return {
      digests: query((part) => `${this.#digest(part)}, filename`),
      cells: query((part) => `${this.#key(part)} AS key, ${this.#cells(part)} AS cells`),
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

  /** Each value is hashed on its own, so that none can run into the next. */
  #digest(part: Values): string {
    const values = this.#question.columns.map((name) => orNull(valueIn(part, name).json));
    const fingerprint = literal(this.#question.fingerprint);
    const key = this.#key(part);
    return `${key} AS key, hash(${[fingerprint, ...values, key].join(', ')}) AS digest`;
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
    for (const { files, columns } of this.#parts) {
      for (const { object, path } of files) {
        const fault = await findCsvFault(path, this.#question.csv, columns.length);
        if (fault) throw unreadable(object, faulty(fault), again);
      }
    }
  }

  /** The error that names the file and, where it can be found, the line that cannot be read. */
  async #blamed(): Promise<Error | undefined> {
    for (const part of this.#parts) {
      for (const file of part.files) {
        if (await this.#reads(part, file)) continue;
        const isText = this.#question.format === 'ndjson';
        const fault = isText ? await findNdjsonFault(file.path) : undefined;
        return unreadable(file.object, fault ? faulty(fault) : this.#vague(), again);
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
