/** `snapshot`: files of this machine as a sync's newest snapshot, in the embedded system. */
import { z } from 'zod';
import { buckets } from '../../local/aws/identity.ts';
import { putSnapshot } from '../../local/snapshot-door.ts';
import type { SyncInput } from '../../shared/contracts/sync.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { expectSaved, syncs } from '../api/configurations.ts';
import { provenEndpoint } from '../api/embedded.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import { pickSync } from '../pick-sync.ts';
import type { Session } from '../session.ts';
import { columnsOfAll } from '../table-file.ts';

const Given = z.object({
  args: z.tuple([z.array(z.string()).min(1)]),
  file: z.array(z.string()).optional(),
  sync: z.string().optional(),
});
type Given = z.infer<typeof Given>;

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const options = readGiven(Given, given);
  const [names] = options.args;
  const { id, source } = await syncOf(session, options);
  const place = `s3://${source.bucket}/${source.prefix}`;
  if (!session.isEmbedded || source.bucket !== buckets.snapshots) {
    throw new ConfigurationError(
      'bucket-elsewhere',
      `The snapshots of the sync "${id}" lie in a bucket of your own. Put the files there with the AWS CLI: aws s3 cp FILE ${place}`,
    );
  }
  await columnsOfAll(session, names, source);
  const { snapshots } = await provenEndpoint(session.folder, session.shown);
  await putSnapshot(snapshots, source, names.map(session.absolute));
  const data = { sync: id, place, files: names };
  await session.result(data, () => `Exported ${names.join(', ')} to ${place}`);
  return exit.done;
}

/** As a file has it before it is saved: to be saved, it needs a snapshot. */
async function syncOf(session: Session, { file, sync }: Given): Promise<SyncInput> {
  if (file) return (await pickSync(session, file, sync)).sync.input;
  if (sync === undefined) {
    throw new ConfigurationError(
      'sync-missing',
      'Say whose snapshot it is: --sync and an id, or -f and a file that holds the sync.',
    );
  }
  return (await expectSaved(await session.api(), syncs, sync)).input;
}
