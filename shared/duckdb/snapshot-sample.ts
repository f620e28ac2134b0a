/** Looks into a snapshot: the columns of its first file, and its first rows as a run would read them. */

import { join } from 'node:path';
import { z } from 'zod';
import type { JsonValue } from '../contracts/json.ts';
import type { SampleRow } from '../contracts/sample.ts';
import type { PinnedObject, Snapshot } from '../contracts/snapshot.ts';
import type { Reading } from '../contracts/sync.ts';
import type { SnapshotSample, SnapshotSampler, SnapshotStore } from '../ports/snapshots.ts';
import { orNull } from './canonical-sql.ts';
import { checkDialect } from './csv.ts';
import { Database, type DatabaseLimits, StatementError } from './database.ts';
import { openScratch } from './scratch.ts';
import { findParts } from './snapshot-columns.ts';
import { unreadable } from './snapshot-errors.ts';
import { noPartitions, partitionsOf } from './snapshot-files.ts';
import { parquetHead, type SnapshotHead, textHead } from './snapshot-head.ts';
import { ndjsonLines, ndjsonPart, type SnapshotPart } from './snapshot-part.ts';

export interface SnapshotSamplerOptions extends DatabaseLimits {
  readonly snapshots: SnapshotStore;
  /** Folder for files in passing; each look has its own below it. */
  readonly scratch: string;
}

type Column = SnapshotSample['columns'][number];

export const createSnapshotSampler = (options: SnapshotSamplerOptions): SnapshotSampler => ({
  async sample(snapshot, reading, rows) {
    if (snapshot.format === 'csv') checkDialect(reading.csv);
    const [object] = snapshot.objects.filter(({ key, size }) => size > 0 && !key.endsWith('/'));
    if (!object) return { columns: [], isComplete: true, rows: [] };
    const scratch = await openScratch(options.scratch, 'sample');
    try {
      const database = await Database.open(scratch.folder, {
        ...options,
        threads: 1,
        isWide: true,
      });
      try {
        const path = join(scratch.folder, 'head');
        return await look({
          database,
          snapshot,
          object,
          reading,
          rows,
          path,
          store: options.snapshots,
        });
      } finally {
        database.close();
      }
    } finally {
      await scratch.remove();
    }
  },
});

interface Look {
  readonly database: Database;
  readonly store: SnapshotStore;
  readonly snapshot: Snapshot;
  readonly object: PinnedObject;
  readonly reading: Reading;
  readonly rows: number;
  readonly path: string;
}

async function look(at: Look): Promise<SnapshotSample> {
  const { database, snapshot, object, reading, rows } = at;
  const { format } = snapshot;
  const head =
    format === 'parquet' ? await parquetHead(at, database) : await textHead(at, reading.csv);
  const partitions = reading.partitionColumns ? partitionsOf(object.key, snapshot) : noPartitions;
  const file = { object: object.key, path: head.path, partitions };
  const columns = format === 'ndjson' ? await namesIn(at, head) : undefined;
  const [part] = columns
    ? [ndjsonPart([file], [...columns, ...partitions.keys()])]
    : await findParts(database, [file], { format, reading, needed: [], mayLack: [], isHead: true });
  if (!part) return { columns: [], isComplete: true, rows: [] };
  const found = head.hasRows && rows > 0 ? await firstRows(at, part) : [];
  const isComplete = !columns || (head.isWhole && snapshot.objects.length === 1);
  return { columns: await describe(at, part, found), isComplete, rows: found };
}

/** Names of the lines' members, in the order in which they appear. */
async function namesIn({ database, object }: Look, { path }: SnapshotHead): Promise<string[]> {
  const file = { object: object.key, path, partitions: noPartitions };
  const found = await readable(object, () =>
    database.rows(`SELECT DISTINCT unnest(json_keys(line)) FROM ${ndjsonLines([file])}`),
  );
  return found.map(([name]) => String(name)).sort();
}

async function firstRows(
  { database, object, rows }: Look,
  part: SnapshotPart,
): Promise<SampleRow[]> {
  const cells = part.columns.map((name) => orNull(part.value(name).json)).join(", ',', ");
  const found = await readable(object, () =>
    database.rows(
      `SELECT concat('[', ${cells || "''"}, ']') FROM ${part.table(part.files, 'careful')} LIMIT ${rows}`,
    ),
  );
  return found.map(([text]) => {
    const values = Values.parse(JSON.parse(String(text)));
    return Object.fromEntries(part.columns.map((name, at) => [name, values[at] ?? null]));
  });
}

const Values = z.array(z.custom<JsonValue>());

async function describe(
  { database, snapshot }: Look,
  part: SnapshotPart,
  rows: readonly SampleRow[],
): Promise<Column[]> {
  if (snapshot.format === 'csv') return part.columns.map((name) => ({ name, type: 'text' }));
  if (snapshot.format === 'ndjson') {
    return part.columns.map((name) => ({ name, type: kindOf(rows.map((row) => row[name])) }));
  }
  const types = await database.columnTypes(`FROM ${part.table(part.files, 'careful')} LIMIT 0`);
  return part.columns.map((name, at) => ({ name, type: String(types[at]) }));
}

/** Of the rows that were looked at; a column without a value in them has no kind yet. */
function kindOf(values: readonly (JsonValue | undefined)[]): string {
  const kinds = new Set(
    values.flatMap((value) => {
      if (value === null || value === undefined) return [];
      if (typeof value === 'string') return ['text'];
      if (typeof value === 'object') return [Array.isArray(value) ? 'list' : 'object'];
      return [typeof value];
    }),
  );
  return [...kinds].sort().join(' or ') || 'empty';
}

async function readable<T>({ key }: PinnedObject, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof StatementError)) throw error;
    throw unreadable(key, 'cannot be read from its beginning', 'Export it again.');
  }
}
