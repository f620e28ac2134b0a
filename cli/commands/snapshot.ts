/** `snapshot`: files of this machine as a sync's newest snapshot, in the embedded system. */
import { z } from 'zod';
import { buckets } from '../../local/aws/function-wiring.ts';
import { uploadSnapshot } from '../../local/snapshot-upload.ts';
import { ConfigurationError } from '../../shared/domain/errors.ts';
import { readSaved, syncs } from '../api/configurations.ts';
import { readEndpoint } from '../api/embedded.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { columnsOf } from '../table-file.ts';

const Given = z.object({ args: z.tuple([z.string(), z.array(z.string()).min(1)]) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [id, names],
  } = readGiven(Given, given);
  const saved = await readSaved(await session.api(), syncs, id);
  if (!saved) throw new ConfigurationError('not-found', `There is no sync "${id}". Check its id.`);
  const { source } = saved.input;
  const place = `s3://${source.bucket}/${source.prefix}`;
  if (!session.isEmbedded || source.bucket !== buckets.snapshots) {
    throw new ConfigurationError(
      'bucket-elsewhere',
      `The snapshots of the sync "${id}" lie in a bucket of your account. Put the files there with the AWS CLI: aws s3 cp FILE ${place}`,
    );
  }
  for (const name of names) await columnsOf(session, name);
  const { s3 } = await readEndpoint(session.folder, session.shown);
  await uploadSnapshot(s3, source, names.map(session.absolute));
  await session.result(
    { sync: id, place, files: names },
    () => `Exported ${names.join(', ')} to ${place}.`,
  );
  return exit.done;
}
