/** `empty`: removes every member of a sync from its platform. */
import { z } from 'zod';
import { expectSaved, syncs } from '../api/configurations.ts';
import { startRepair } from '../api/repair.ts';
import { confirm } from '../confirm.ts';
import type { ExitCode } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { tellStarted } from '../started.ts';

const Given = z.object({
  args: z.tuple([z.string()]),
  wait: z.boolean().default(false),
  yes: z.boolean().default(false),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync],
    wait,
    yes,
  } = readGiven(Given, given);
  const api = await session.api();
  const { input } = await expectSaved(api, syncs, sync);
  await confirm(
    session,
    yes,
    `Everybody whom the sync "${sync}" may have added is removed from the audience "${input.audience.id}" of ${input.destination}.`,
  );
  return tellStarted(session, api, await startRepair(api, sync, 'empty'), wait);
}
