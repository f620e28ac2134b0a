/** `mirror`: from a file to a mirrored audience in one command, with no service running. */
import { z } from 'zod';
import { putSnapshot } from '../../local/snapshot-door.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Api } from '../api/client.ts';
import { preview } from '../api/preview.ts';
import { listRuns, startRun } from '../api/runs.ts';
import { applyChanges } from '../apply-changes.ts';
import { planChanges } from '../apply-plan.ts';
import { csvGiven, readingOf } from '../csv-options.ts';
import { type ExitCode, exit } from '../exit.ts';
import { FilesRefused, loadDocuments } from '../files.ts';
import { follow } from '../follow.ts';
import { readGiven } from '../given.ts';
import { syncOfFiles } from '../one-shot/sync-of-files.ts';
import { type OneShotSystem, openSystem } from '../one-shot/system.ts';
import { tellMirrored } from '../run-report.ts';
import type { Session } from '../session.ts';
import { columnsOfAll } from '../table-file.ts';
import { targetsOf } from '../targets.ts';
import { checkDocuments } from '../yaml/check.ts';
import type { DestinationEntry, SyncEntry } from '../yaml/read.ts';
import { plan } from './plan.ts';
import { tellPreview } from './preview.ts';

const Given = z.object({
  args: z.tuple([z.array(z.string()).min(1)]),
  destination: z.string(),
  key: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .optional(),
  audience: z.string().optional(),
  map: z.array(z.string()).default([]),
  value: z.array(z.string()).default([]),
  ...csvGiven,
  preview: z.enum(['insert', 'update', 'delete']).optional(),
  dryRun: z.boolean().default(false),
  full: z.boolean().default(false),
  members: z.enum(['leave']).optional(),
  failures: z.union([z.literal('all'), z.coerce.number().int().min(0)]),
});
type Given = z.infer<typeof Given>;

interface Subject {
  readonly destination: DestinationEntry;
  readonly sync: SyncEntry;
}

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const options = readGiven(Given, given);
  const subject = await subjectOf(session, options);
  // Before anything is started: what is wrong with the files is told at once.
  const { problems } = checkDocuments(
    { destinations: [subject.destination], syncs: [subject.sync] },
    targetsOf(session),
  );
  if (problems.length > 0) throw new FilesRefused(problems);
  const system = await openSystem(session);
  try {
    return await mirrorOnce(session, system, subject, options);
  } finally {
    await system.close();
  }
}

async function subjectOf(session: Session, given: Given): Promise<Subject> {
  const [files] = given.args;
  const { destinations, syncs } = await loadDocuments(session, [given.destination]);
  const [destination, another] = destinations;
  if (!destination || another) {
    throw new ConfigurationError(
      'destination-missing',
      `The file ${given.destination} holds ${destinations.length} destinations. Give one that holds one.`,
    );
  }
  const own = syncs.filter((sync) => sync.input.destination === destination.input.id);
  const base = own.length === 1 ? own[0] : undefined;
  const reading = readingOf(given, base?.input.source);
  const columns = await columnsOfAll(session, files, reading);
  const input = syncOfFiles({
    ...given,
    destination: destination.input,
    base: base?.input,
    files,
    columns,
    reading,
  });
  const locate: SyncEntry['locate'] = base ? base.locate : (problem) => problem;
  return {
    destination,
    sync: { kind: 'sync', input, place: base?.place ?? destination.place, locate },
  };
}

async function mirrorOnce(
  session: Session,
  { api, snapshots, isForeign }: OneShotSystem,
  { destination, sync }: Subject,
  given: Given,
): Promise<ExitCode> {
  const documents = { destinations: [destination], syncs: [sync], problems: [] };
  const changes = await planChanges(session, api, documents, 'given');
  const { id, source } = sync.input;
  const isSaved = changes.some(({ kind, what }) => kind === 'sync' && what !== 'new');
  // What it reads must not be replaced under it.
  if (isSaved) await endOpenRun(session, api, id, isForeign);
  // First, as a sync is saved only if its snapshot is there.
  await putSnapshot(snapshots, source, given.args[0].map(session.absolute));
  const { members } = given;
  await applyChanges(session, api, changes, { members });
  if (given.preview) {
    const question = { sync: id, destination: destination.input.id, action: given.preview };
    await tellPreview(session, await preview(api, question));
    return exit.done;
  }
  if (given.dryRun) return plan(session, api, id, given.full, isForeign);
  const started = await startRun(api, id, { full: given.full });
  const over = await follow(session, api, id, started.id, isForeign);
  const limit = given.failures === 'all' ? Number.POSITIVE_INFINITY : given.failures;
  return tellMirrored(session, api, over, limit);
}

/** Runs looked at for one that is open; those that found it so and were skipped are newer. */
const lookedAt = 50;

/** What an interrupted command left open ends before the next run, which would be skipped. */
async function endOpenRun(
  session: Session,
  api: Api,
  sync: string,
  isForeign: boolean,
): Promise<void> {
  let seen = 0;
  for await (const { id, phase } of listRuns(api, sync)) {
    if (phase !== 'closed') {
      await session.terminal.note(`The run ${id} is open: this one begins when it has ended…`);
      await follow(session, api, sync, id, isForeign);
      return;
    }
    if (++seen >= lookedAt) return;
  }
}
