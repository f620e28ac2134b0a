/** `logs`: what became of each record of a run; follows the runs that come where that is asked. */

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { Outcome } from '../../shared/contracts/counts.ts';
import { csvHeader, csvLine } from '../../shared/domain/run/record-csv.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Api } from '../api/client.ts';
import { listRecords, NoLog, type RecordFilter } from '../api/records.ts';
import { listRuns, type RunView } from '../api/runs.ts';
import { type ExitCode, exit, Interrupted } from '../exit.ts';
import { readGiven } from '../given.ts';
import { recordLine } from '../record-lines.ts';
import type { Session } from '../session.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.string().optional()]),
  outcome: z.array(Outcome).default([]),
  failed: z.boolean().default(false),
  action: z.string().optional(),
  key: z.string().optional(),
  code: z.string().optional(),
  limit: z.coerce.number().int().min(1).default(Number.MAX_SAFE_INTEGER),
  follow: z.boolean().default(false),
  csv: z.boolean().default(false),
});
type Given = z.infer<typeof Given>;

/** Between two looks for a new run. */
const pauseMs = 2_000;

/** Runs looked at for one that did something. */
const lookedAt = 200;

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const options = readGiven(Given, given);
  const {
    args: [sync, named],
    follow,
    csv,
  } = options;
  const api = await session.api();
  const id = named ?? (await newestClosed(api, sync))?.id;
  if (id === undefined && !follow) {
    throw new ConfigurationError(
      'run-missing',
      `No run of the sync "${sync}" is over yet. Wait for one, or start one with audience-mirror run ${sync} --wait.`,
    );
  }
  if (csv) await session.terminal.print(csvHeader);
  if (id !== undefined) await printRecords(session, api, sync, id, options);
  if (follow) await followRuns(session, api, sync, id, options);
  return exit.done;
}

/** The newest that did something; of many that did not, the newest. */
async function newestClosed(api: Api, sync: string): Promise<RunView | undefined> {
  let newest: RunView | undefined;
  let seen = 0;
  for await (const run of listRuns(api, sync)) {
    if (run.phase !== 'closed') continue;
    if (run.counts) return run;
    newest ??= run;
    if (++seen >= lookedAt) break;
  }
  return newest;
}

async function printRecords(
  session: Session,
  api: Api,
  sync: string,
  id: string,
  options: Given,
): Promise<void> {
  try {
    await printAll(session, api, sync, id, options);
  } catch (error) {
    if (!(error instanceof NoLog)) throw error;
    await session.terminal.note(error.message);
  }
}

async function printAll(
  session: Session,
  api: Api,
  sync: string,
  id: string,
  { outcome, failed, action, key, code, limit, csv }: Given,
): Promise<void> {
  const wanted: (string | undefined)[] = failed ? ['failed'] : outcome;
  let left = limit;
  for (const each of wanted.length > 0 ? wanted : [undefined]) {
    const filter: RecordFilter = { outcome: each, action, key, code };
    for await (const record of listRecords(api, sync, id, filter)) {
      if (left-- <= 0) return;
      if (csv) await session.terminal.print(csvLine(id, record));
      else if (session.json) await session.terminal.print(JSON.stringify({ run: id, ...record }));
      else await session.terminal.print(recordLine(session.terminal, record));
    }
  }
}

/** Until Ctrl-C. */
async function followRuns(
  session: Session,
  api: Api,
  sync: string,
  from: string | undefined,
  options: Given,
): Promise<never> {
  const signal = session.world.interruption();
  let seen = from ?? '';
  for (;;) {
    for (const { id } of await closedAfter(api, sync, seen)) {
      await printRecords(session, api, sync, id, options);
      seen = id;
    }
    await sleep(pauseMs, undefined, { signal }).catch(() => {
      throw new Interrupted();
    });
  }
}

/** Oldest first, up to the first that is open; ids sort by time. */
async function closedAfter(api: Api, sync: string, seen: string): Promise<RunView[]> {
  const found: RunView[] = [];
  for await (const run of listRuns(api, sync)) {
    if (run.id <= seen) break;
    found.unshift(run);
  }
  const open = found.findIndex(({ phase }) => phase !== 'closed');
  return open < 0 ? found : found.slice(0, open);
}
