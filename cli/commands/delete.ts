/** `delete`: a sync or destination that is no longer wanted. */
import { z } from 'zod';
import { runStatuses } from '../../shared/contracts/run-status.ts';
import type { Api } from '../api/client.ts';
import { destinations, disableSync, expectSaved, remove, syncs } from '../api/configurations.ts';
import { startRepair } from '../api/repair.ts';
import { type ExitCode, exit } from '../exit.ts';
import { follow } from '../follow.ts';
import { readGiven } from '../given.ts';
import { moveGround } from '../ground.ts';
import { tellRun } from '../run-report.ts';
import type { Session } from '../session.ts';
import { kinds } from '../yaml/documents.ts';

const Given = z.object({
  args: z.tuple([z.enum(kinds), z.string()]),
  members: z.enum(['leave', 'empty']).optional(),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [kind, id],
    members,
  } = readGiven(Given, given);
  const api = await session.api();
  if (kind === 'sync' && members === 'empty') {
    const emptied = await empty(session, api, id);
    if (emptied !== exit.done) return emptied;
  }
  const resource = kind === 'sync' ? syncs : destinations;
  const { etag } = await expectSaved<unknown>(api, resource, id);
  await moveGround(session, { members: members === 'leave' ? members : undefined }, (words) =>
    remove(api, resource, id, etag, words),
  );
  await session.result({ kind, id, deleted: true }, () => `Deleted the ${kind} ${id}.`);
  return exit.done;
}

/** Removes the members from the platform; the sync stays where some are left, and nothing adds them again. */
async function empty(session: Session, api: Api, id: string): Promise<ExitCode> {
  await expectSaved(api, syncs, id);
  await disableSync(api, id);
  const started = await startRepair(api, id, 'empty');
  const over = await follow(session, api, id, started.id);
  if (over.status && runStatuses[over.status].isSuccess) return exit.done;
  const code = await tellRun(session, over);
  await session.terminal.note(
    `The sync ${id} was not deleted, as some of its members are left. It is disabled now.`,
  );
  return code;
}
