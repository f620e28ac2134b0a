/** `erasures`: the receipts of a sync, or one of them. */
import { z } from 'zod';
import { listErasures, readErasure } from '../api/erasures.ts';
import { firstOf } from '../api/pages.ts';
import { erasureCells, erasureColumns, tellErasure } from '../erasure-report.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { tableOf } from '../table.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.string().optional()]),
  limit: z.coerce.number().int().min(1),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, id],
    limit,
  } = readGiven(Given, given);
  const api = await session.api();
  if (id !== undefined) {
    await tellErasure(session, await readErasure(api, sync, id));
    return exit.done;
  }
  const found = await firstOf(limit, listErasures(api, sync));
  await session.result(found, () =>
    found.length === 0
      ? `Nobody was erased from the sync "${sync}" yet.`
      : tableOf(session.terminal, erasureColumns, found.map(erasureCells)),
  );
  return exit.done;
}
