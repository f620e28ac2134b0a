/** The columns of a file on this machine, as the reader of runs finds them. */
import { createReadStream } from 'node:fs';
import { tmpdir } from 'node:os';
import type { Snapshot } from '../shared/contracts/snapshot.ts';
import type { Reading } from '../shared/contracts/sync.ts';
import { csvColumns } from '../shared/duckdb/csv-head.ts';
import type { SnapshotStore } from '../shared/ports/snapshots.ts';

export interface FileToLookAt {
  readonly path: string;
  /** As the messages call it. */
  readonly name: string;
  readonly size: number;
  readonly format: Snapshot['format'];
  readonly reading: Reading;
}

/** Only the beginning of one file is looked at. */
const memoryLimitMb = 512;

/** In the order of the file; none of one without bytes. @throws SnapshotError, ConfigurationError `csv-dialect` */
export async function columnsIn({
  path,
  name,
  size,
  format,
  reading,
}: FileToLookAt): Promise<string[]> {
  const stores = { snapshots: storeOf(path), scratch: tmpdir() };
  const snapshot: Snapshot = {
    bucket: 'this-machine',
    prefix: '',
    format,
    completedBy: 'settled',
    writtenAt: 0,
    objects: [{ key: name, etag: '', size }],
    identity: '',
  };
  if (format === 'csv') return [...(await csvColumns(stores, snapshot, reading))];
  const { createSnapshotSampler } = await import('../shared/duckdb/snapshot-sample.ts');
  const sampler = createSnapshotSampler({ ...stores, memoryLimitMb });
  const { columns } = await sampler.sample(snapshot, reading, 0);
  return columns.map((column) => column.name);
}

const storeOf = (path: string): SnapshotStore => ({
  list: async () => [],
  read: async (_bucket, _object, range) =>
    createReadStream(path, range && { start: range.from, end: range.to }),
});
