/** `reset`: forgets the mirror of a sync, so that its next run is a first one. */
import { z } from 'zod';
import { expectSaved, syncs } from '../api/configurations.ts';
import { forgetMirror } from '../api/repair.ts';
import { confirm } from '../confirm.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';

const Given = z.object({ args: z.tuple([z.string()]), yes: z.boolean().default(false) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync],
    yes,
  } = readGiven(Given, given);
  const api = await session.api();
  await expectSaved(api, syncs, sync);
  await confirm(
    session,
    yes,
    `The mirror of the sync "${sync}" is forgotten: whoever is at the platform and not in the next snapshot stays there.`,
  );
  await forgetMirror(api, sync);
  await session.result(
    { sync, reset: true },
    () => `Forgot the mirror of ${sync}: its next run adds every member of the snapshot.`,
  );
  return exit.done;
}
