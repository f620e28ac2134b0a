/** A file of members on this machine: what it is and which columns it has. */
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { SnapshotFormat } from '../shared/contracts/sync.ts';
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import type { Session } from './session.ts';

const endings: readonly (readonly [RegExp, SnapshotFormat, string])[] = [
  [/\.csv(\.gz)?$/i, 'csv', "read_csv(?, header = true, all_varchar = true, delim = ',')"],
  [/\.(ndjson|jsonl|json)(\.gz)?$/i, 'ndjson', "read_json(?, format = 'newline_delimited')"],
  [/\.parquet$/i, 'parquet', 'read_parquet(?)'],
];

/** In their order. @throws ConfigurationError `file-missing`, `format-unknown`, `file-unreadable` */
export async function columnsOf(session: Session, name: string): Promise<string[]> {
  const path = session.absolute(name);
  const shown = session.shown(path);
  await expectFile(path, shown);
  const [, , reader] = endings.find(([ending]) => ending.test(basename(path))) ?? [];
  if (reader === undefined) {
    throw new ConfigurationError(
      'format-unknown',
      `The name of ${shown} does not tell what it is. Name it .csv, .ndjson or .parquet; the first two may end in .gz.`,
    );
  }
  const instance = await DuckDBInstance.create(':memory:');
  try {
    const connection = await instance.connect();
    const literal = `'${path.replaceAll("'", "''")}'`;
    const rows = await connection.runAndReadAll(
      `DESCRIBE SELECT * FROM ${reader.replace('?', literal)}`,
    );
    return rows.getRows().map(([column]) => String(column));
  } catch {
    throw new ConfigurationError(
      'file-unreadable',
      `The file ${shown} cannot be read as what its name says. Check that it is whole; a CSV file has the names of its columns in the first line.`,
    );
  } finally {
    instance.closeSync();
  }
}

async function expectFile(path: string, shown: string): Promise<void> {
  try {
    const file = await open(path);
    const { size } = await file.stat().finally(() => file.close());
    if (size > 0) return;
  } catch {
    throw new ConfigurationError(
      'file-missing',
      `The file ${shown} cannot be read. Check its name.`,
    );
  }
  throw new ConfigurationError('file-unreadable', `The file ${shown} is empty. Export it again.`);
}
