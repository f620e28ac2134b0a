/** Rows out of a snapshot to preview with. */
import type { JsonValue } from '../contracts/json.ts';
import type { PinnedObject, Snapshot } from '../contracts/run.ts';
import type { Sync } from '../contracts/sync.ts';
import type { Candidate } from '../domain/plan.ts';
import type { SampleRow } from '../domain/preview.ts';
import type { PlanEngine } from '../ports.ts';
import { newestSnapshot, type SnapshotPorts } from './newest-snapshot.ts';

export interface SampleRowsPorts extends SnapshotPorts {
  readonly engine: Pick<PlanEngine, 'open'>;
}

/** More would help nobody who looks at them. */
export const maxSampleRows = 100;

type SampledSync = Pick<Sync, 'source' | 'key' | 'mappings'>;

/**
 * The first rows, in byte order of their keys, of the first files of the newest complete snapshot, with the columns
 * the sync maps. Rows without a key and keys whose rows contradict each other are passed over: no record is made of
 * them. Files are read whole, one after the other until there are enough rows; NDJSON all together.
 *
 * @param limit from 1 up to 100
 * @throws SnapshotError where no snapshot is complete, or a file cannot be read or lacks a column
 */
export async function sampleRows(
  ports: SampleRowsPorts,
  sync: SampledSync,
  markerSeen: boolean,
  limit: number = maxSampleRows,
): Promise<SampleRow[]> {
  const wanted = Math.min(Math.max(Math.trunc(limit), 1), maxSampleRows);
  const snapshot = await newestSnapshot(ports, sync.source, markerSeen);
  const rows: SampleRow[] = [];
  for (const objects of portions(snapshot)) {
    const left = wanted - rows.length;
    if (left === 0) break;
    rows.push(...(await rowsOf(ports.engine, sync, { ...snapshot, objects }, left)));
  }
  return rows;
}

/** A file of NDJSON may leave out a column that another has, so what is missing shows in all of them together only. */
const portions = ({ format, objects }: Snapshot): PinnedObject[][] =>
  format === 'ndjson' ? [objects] : objects.map((object) => [object]);

async function rowsOf(
  engine: SampleRowsPorts['engine'],
  { source, key, mappings }: SampledSync,
  snapshot: Snapshot,
  wanted: number,
): Promise<SampleRow[]> {
  const columns = columnsOf(mappings);
  const session = await engine.open({
    wanted: { kind: 'snapshot', snapshot, csv: source.csv },
    key,
    columns,
    fingerprint: 'sample',
    mirror: undefined,
    retryFailed: false,
  });
  try {
    const rows: SampleRow[] = [];
    for await (const candidates of session.candidates()) {
      rows.push(...candidates.flatMap((candidate) => rowOf(columns, candidate)));
      if (rows.length >= wanted) break;
    }
    return rows.slice(0, wanted);
  } finally {
    await session.close();
  }
}

function columnsOf(mappings: Sync['mappings']): string[] {
  const columns = Object.values(mappings).flatMap((each) =>
    'column' in each ? [each.column] : [],
  );
  return [...new Set(columns)].sort();
}

function rowOf(columns: readonly string[], { row }: Candidate): SampleRow[] {
  if (!row || !('values' in row)) return [];
  const values: readonly JsonValue[] = JSON.parse(row.values);
  return [Object.fromEntries(columns.map((name, at) => [name, values[at] ?? null]))];
}
