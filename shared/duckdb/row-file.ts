/**
 * Rows between JavaScript and DuckDB, through files of lines in the scratch folder: the binding takes and hands out values
 * one by one, which costs three times as much as making and reading their text. The files are read from their beginning to
 * their end, a block at a time.
 */
import { createReadStream } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonValue } from '../contracts/json.ts';
import { InvariantError, PassingError } from '../domain/words/errors.ts';
import type { Database } from './database.ts';
import { fileList, literal } from './sql.ts';

/** Written between the cells of a row, and never within: what bears control characters is written as JSON. */
const betweenCells = '\u001f';
/** Alone: NULL. Before a JSON string: the text is what that says. */
const mark = '\u001b';

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const control = /[\u0000-\u001f]/;

/** A cell of any text. */
export function cellOf(text: string | null | undefined): string {
  if (text === null || text === undefined) return mark;
  return control.test(text) ? mark + JSON.stringify(text) : text;
}

/** Cells that hold no control characters, such as numbers and those of `cellOf`, as a row. */
export const rowOf = (cells: readonly (string | number | bigint)[]): string =>
  `${cells.join(betweenCells)}\n`;

const blockCharacters = 1_048_576;
/** DuckDB holds blocks of twice the longest row. */
const usualRowBytes = 4 * 1_048_576;
/** Of UTF-8, for a unit of UTF-16. */
const mostBytesOfUnit = 3;

/** A table that is written row by row, and read as a view once it is flushed. */
export class RowFile {
  readonly #database: Database;
  readonly #path: string;
  readonly #name: string;
  readonly #columns: Readonly<Record<string, string>>;
  #pending = '';
  #longest = 0;

  /** @param columns their types by their names, in order */
  constructor(
    database: Database,
    folder: string,
    name: string,
    columns: Readonly<Record<string, string>>,
  ) {
    this.#database = database;
    this.#path = join(folder, `${name}.rows`);
    this.#name = name;
    this.#columns = columns;
  }

  /** Takes some rows, of `rowOf`. */
  async append(rows: readonly string[]): Promise<void> {
    for (const row of rows) {
      this.#pending += row;
      if (row.length > this.#longest) this.#longest = row.length;
      if (this.#pending.length >= blockCharacters) await this.#write();
    }
  }

  /** From here on the view of its name has what was appended so far. */
  async flush(): Promise<void> {
    await this.#write();
    await this.#database.run(`CREATE OR REPLACE VIEW ${this.#name} AS ${this.#select()}`);
  }

  async #write(): Promise<void> {
    if (this.#pending === '') return;
    const text = this.#pending;
    this.#pending = '';
    try {
      await appendFile(this.#path, text);
    } catch (error) {
      throw isFull(error) ? scratchFull() : error;
    }
  }

  #select(): string {
    const columns = Object.entries(this.#columns);
    if (this.#longest === 0) {
      return `SELECT ${columns.map(([name, type]) => `NULL::${type} AS ${name}`).join(', ')} WHERE false`;
    }
    const longest = Math.max(usualRowBytes, this.#longest * mostBytesOfUnit);
    const types = columns.map(([name, type]) => `${name}: ${literal(type)}`).join(', ');
    // Nothing is guessed, and nothing but what stands between cells and rows means anything.
    return `SELECT ${columns.map(([name, type]) => (type === 'VARCHAR' ? `${unmarked(name)} AS ${name}` : name)).join(', ')}
      FROM read_csv(${fileList([this.#path])}, auto_detect = false, header = false, columns = {${types}},
        delim = chr(31), quote = '', escape = '', new_line = '\\n', nullstr = chr(27), comment = '',
        compression = 'uncompressed', strict_mode = true, null_padding = false, ignore_errors = false,
        max_line_size = ${longest}, buffer_size = ${2 * longest}, hive_partitioning = false)`;
  }
}

const unmarked = (name: string) =>
  `CASE WHEN starts_with(${name}, chr(27)) THEN json_extract_string(substr(${name}, 2), '$') ELSE ${name} END`;

const isFull = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === 'ENOSPC';

const scratchFull = () =>
  new PassingError(
    'scratch-full',
    'The scratch folder is full. Give the function more ephemeral storage, or export fewer columns.',
  );

/** Writes the lines of a query, in its order. @param query of one column, `line`: a JSON array without line ends */
export const copyLines = (query: string, path: string): string =>
  `COPY (${query}) TO ${literal(path)} (FORMAT csv, HEADER false, DELIMITER ${literal(betweenCells)}, QUOTE '', ESCAPE '')`;

const readBytes = 262_144;

export type JsonLine = readonly JsonValue[];

/** Of a file of `copyLines`, what the lines say, in batches. */
export async function* readLines(path: string): AsyncGenerator<JsonLine[]> {
  let rest = '';
  for await (const block of createReadStream(path, {
    encoding: 'utf8',
    highWaterMark: readBytes,
  })) {
    const text = rest + String(block);
    const end = text.lastIndexOf('\n');
    rest = text.slice(end + 1);
    if (end > 0) yield parsed(text.slice(0, end));
  }
  if (rest !== '') throw new InvariantError('A file of lines breaks off.');
}

const parsed = (lines: string): JsonLine[] => JSON.parse(`[${lines.replaceAll('\n', ',')}]`);
