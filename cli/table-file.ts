/** Files of members on this machine, looked at by the reader that runs have: same columns, same refusals. */
import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { columnsIn } from '../local/file-columns.ts';
import { type Reading, Source } from '../shared/contracts/sync.ts';
import { ConfigurationError, SnapshotError } from '../shared/domain/words/errors.ts';
import { formatOfName, tableFormatOf } from '../shared/domain/words/snapshot.ts';
import type { Session } from './session.ts';

/** As a sync reads that says nothing of it. */
const usual = Source.parse({ bucket: 'this-machine', prefix: '' });

/**
 * In the order of the file; none of one without bytes, which is a part without rows.
 * @throws ConfigurationError `file-missing`, `table-format`, `format-unknown`, `file-unreadable`
 */
export async function columnsOf(
  session: Session,
  name: string,
  source: Reading & Pick<Source, 'format'> = usual,
): Promise<string[]> {
  const path = session.absolute(name);
  const shown = session.shown(path);
  const size = await sizeOf(path, shown);
  await refuseTable(path, shown);
  const format = source.format === 'auto' ? formatOfName(path) : source.format;
  if (!format) {
    throw new ConfigurationError(
      'format-unknown',
      `The name of ${shown} does not tell what it is. Name it .csv, .ndjson or .parquet; the first two may end in .gz.`,
    );
  }
  try {
    return await columnsIn({ path, name: shown, size, format, reading: source });
  } catch (error) {
    // Nothing is started yet: it is a file given to the command that is wrong, not a run's snapshot.
    if (error instanceof SnapshotError) throw new ConfigurationError(error.code, error.message);
    throw error;
  }
}

/** All that some file has, in the order in which they are met. */
export async function columnsOfAll(
  session: Session,
  names: readonly string[],
  source?: Source,
): Promise<string[]> {
  const each = await Promise.all(names.map((name) => columnsOf(session, name, source)));
  const columns = [...new Set(each.flat())];
  if (columns.length > 0) return columns;
  throw new ConfigurationError(
    'file-unreadable',
    `There is nothing in ${names.join(', ')}. Export again; of an audience that is empty, a file with its columns and no rows.`,
  );
}

async function sizeOf(path: string, shown: string): Promise<number> {
  try {
    const found = await stat(path);
    if (found.isFile()) return found.size;
  } catch {
    // Said below.
  }
  throw new ConfigurationError('file-missing', `The file ${shown} cannot be read. Check its name.`);
}

/** Of a table in use some files hold rows that were removed or replaced: only its log says which. */
async function refuseTable(path: string, shown: string): Promise<void> {
  let folder = dirname(path);
  for (;;) {
    const format = (await below(folder)).map(tableFormatOf).find((each) => each !== undefined);
    if (format !== undefined) {
      throw new ConfigurationError(
        'table-format',
        `The file ${shown} belongs to a table of ${format}. Its files also hold rows that were removed or replaced since, so they are no snapshot. Export a copy of its rows, as docs/exports.md shows, and give that.`,
      );
    }
    // Iceberg's data lie in `data`, and any table's below folders of partitions.
    if (!/=|^data$/.test(basename(folder))) return;
    folder = dirname(folder);
  }
}

/** Names in the folder, and in its `metadata`. */
async function below(folder: string): Promise<string[]> {
  const found = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const names = found.map((each) => (each.isDirectory() ? `${each.name}/` : each.name));
  if (!names.includes('metadata/')) return names;
  const inside = await readdir(join(folder, 'metadata')).catch(() => []);
  return [...names, ...inside.map((name) => `metadata/${name}`)];
}
