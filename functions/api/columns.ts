/** What the newest snapshot of a sync has, for those who choose columns. */

import { z } from '@hono/zod-openapi';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import { SnapshotFormat, type Source, type Sync } from '../../shared/contracts/sync.ts';
import { newestSnapshot } from '../../shared/flow/newest-snapshot.ts';
import { Moment, momentOf } from './moment.ts';
import type { ApiPorts } from './ports.ts';

export const ColumnsView = z
  .strictObject({
    snapshot: z.strictObject({
      bucket: z.string(),
      prefix: z.string(),
      format: SnapshotFormat,
      writtenAt: Moment,
      files: z.int().nonnegative(),
      bytes: z.int().nonnegative(),
    }),
    columns: z.array(z.strictObject({ name: z.string(), type: z.string() })),
    complete: z.boolean().describe('False where lines that were not looked at may name more.'),
    rows: z.array(z.record(z.string(), z.unknown())),
  })
  .meta({ id: 'Columns' });
export type ColumnsView = z.infer<typeof ColumnsView>;

type Sampled = Pick<Sync, 'id' | 'source'>;

/** @throws SnapshotError */
export async function columnsOf(
  ports: ApiPorts,
  sync: Sampled,
  rows: number,
): Promise<ColumnsView> {
  const { marker } = await ports.runs.getState(sync.id);
  return columnsIn(ports, sync.source, rows, marker);
}

/** `marker`: a snapshot there was once complete by one. @throws SnapshotError */
export async function columnsIn(
  ports: ApiPorts,
  source: Source,
  rows: number,
  marker = false,
): Promise<ColumnsView> {
  const snapshot = await newestSnapshot(ports, source, marker);
  const sample = await ports.sampler.sample(snapshot, source, rows);
  return {
    snapshot: {
      bucket: snapshot.bucket,
      prefix: snapshot.prefix,
      format: snapshot.format,
      writtenAt: momentOf(snapshot.writtenAt),
      files: snapshot.objects.length,
      bytes: snapshot.objects.reduce((sum, { size }) => sum + size, 0),
    },
    columns: sample.columns.map((column) => ({ ...column })),
    complete: sample.isComplete,
    rows: sample.rows.map((row) => ({ ...row })),
  };
}

/** The first rows that have a key; those without are no members. @throws SnapshotError */
export async function rowsToPreview(
  ports: ApiPorts,
  sync: Sampled & Pick<Sync, 'key'>,
  limit: number,
): Promise<SampleRow[]> {
  const { marker } = await ports.runs.getState(sync.id);
  const snapshot = await newestSnapshot(ports, sync.source, marker);
  const { rows } = await ports.sampler.sample(snapshot, sync.source, limit);
  return rows.filter((row) => sync.key.every((column) => (row[column] ?? '') !== ''));
}
