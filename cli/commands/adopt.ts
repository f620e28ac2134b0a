/** `adopt`: takes a file of what the platform holds as the mirror. Nothing is sent. */
import { z } from 'zod';
import { buckets } from '../../local/aws/identity.ts';
import {
  putSnapshot,
  removeSnapshot,
  type SnapshotDoor,
  type SnapshotPlace,
} from '../../local/snapshot-door.ts';
import type { Source } from '../../shared/contracts/sync.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { expectSaved, syncs } from '../api/configurations.ts';
import { provenEndpoint } from '../api/embedded.ts';
import { startAdoption } from '../api/repair.ts';
import type { ExitCode } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { tellStarted } from '../started.ts';
import { columnsOfAll } from '../table-file.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.array(z.string()).default([])]),
  bucket: z.string().optional(),
  prefix: z.string().optional(),
  wait: z.boolean().default(false),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, files],
    bucket,
    prefix,
    wait,
  } = readGiven(Given, given);
  const api = await session.api();
  const { source } = (await expectSaved(api, syncs, sync)).input;
  const adopt = async (place: SnapshotPlace) =>
    tellStarted(session, api, await startAdoption(api, sync, place), wait);
  const isPlaced = bucket !== undefined && prefix !== undefined && files.length === 0;
  if (isPlaced) return adopt({ bucket, prefix });
  const { snapshots, place } = await uploaded(session, sync, source, files);
  const code = await adopt(place);
  if (wait) await removeSnapshot(snapshots, place);
  else if (!session.json) await session.terminal.note(staysAt(place));
  return code;
}

const staysAt = ({ bucket, prefix }: SnapshotPlace) =>
  `What was taken stays at s3://${bucket}/${prefix} until the next adoption; with --wait it is deleted when the run is over.`;

/** Files of this machine go to the embedded bucket, apart from the snapshots. */
async function uploaded(
  session: Session,
  sync: string,
  source: Source,
  files: readonly string[],
): Promise<{ readonly snapshots: SnapshotDoor; readonly place: SnapshotPlace }> {
  if (!session.isEmbedded || files.length === 0) {
    throw new ConfigurationError(
      'file-missing',
      'Say what the platform holds: by files, where the embedded system is meant; else put them into a folder of a snapshot bucket, apart from the exports, and name it by --bucket and --prefix.',
    );
  }
  await columnsOfAll(session, files, source);
  const { snapshots } = await provenEndpoint(session.folder, session.shown);
  const place = { bucket: buckets.snapshots, prefix: `adopted/${sync}/` };
  await putSnapshot(snapshots, place, files.map(session.absolute));
  return { snapshots, place };
}
