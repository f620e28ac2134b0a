/** Whether what planning has to hold at once can fit into the scratch folder: told before it starts, not half an hour later. */
import { statfs } from 'node:fs/promises';
import type { MirrorPointer } from '../contracts/mirror.ts';
import type { Snapshot } from '../contracts/snapshot.ts';
import { SnapshotError } from '../domain/words/errors.ts';

/** Bytes that can still be written below a folder. */
export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytes: FreeBytes = async (folder) => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

const sum = (sizes: readonly number[]) => sizes.reduce((all, each) => all + each, 0);

/**
 * The least that is needed: the snapshot's objects, decompressed even more, and the mirror's. The plan and what DuckDB spills come
 * on top, but nobody knows them before.
 *
 * @throws SnapshotError `scratch-too-small`
 */
export async function checkRoom(
  folder: string,
  free: FreeBytes,
  snapshot: Pick<Snapshot, 'bucket' | 'prefix' | 'objects'>,
  mirror: Pick<MirrorPointer, 'base' | 'deltas'> | undefined,
): Promise<void> {
  const ofSnapshot = sum(snapshot.objects.map(({ size }) => size));
  const ofMirror = sum(
    [...(mirror?.base ?? []), ...(mirror?.deltas ?? [])].map(({ bytes }) => bytes),
  );
  const there = await free(folder);
  if (ofSnapshot + ofMirror <= there) return;
  throw new SnapshotError(
    'scratch-too-small',
    `The snapshot below s3://${snapshot.bucket}/${snapshot.prefix} can not be planned: it takes ${ofSnapshot} bytes, and the mirror ${ofMirror}, and the scratch space of plan-run has ${there} left. Nothing was read or sent. Export only the columns that the sync uses, as Parquet, give plan-run more scratch space, or cut the audience into several syncs.`,
  );
}
