/**
 * Saving and removing syncs. An enabled sync is saved only if it could run; a disabled one may be unfinished, and what
 * is wrong with it is told as warnings. The configuration is written first, then the mirror is forgotten where that was
 * asked for, then the schedule follows. A crash in between leaves a sync whose runs are refused (`target-changed`)
 * until it is saved once more, or a schedule that sweep puts right.
 */
import type { Destination } from '../../shared/contracts/destination.ts';
import { Sync, type SyncInput } from '../../shared/contracts/sync.ts';
import { checkSyncAt } from '../../shared/domain/settings/sync-check.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Caller } from './asked.ts';
import { audited, removing, saving } from './audited.ts';
import { checkSource } from './check-source.ts';
import { checkMove, checkRemoval, checkTwin, type Move, runOpen, type Words } from './ground.ts';
import { alone, withoutStarts } from './locks.ts';
import { checkNew } from './names.ts';
import { inSync, placed, refuseProblems } from './places.ts';
import type { ApiPorts } from './ports.ts';
import { type FieldProblem, Refusal } from './problem.ts';

export interface SavedSync {
  readonly sync: Sync;
  readonly warnings: readonly FieldProblem[];
}

interface CheckedSync extends Move {
  readonly warnings: readonly FieldProblem[];
}

/** All that saving would say; nothing is changed. @throws Refusal 409, 422 */
export async function checkSync(
  ports: ApiPorts,
  input: SyncInput,
  before: Sync | undefined,
  words: Words,
): Promise<CheckedSync> {
  const sync = Sync.parse({ ...input, version: 1 });
  const destination = await ports.configs.getDestination(sync.destination);
  if (!destination) throw destinationUnknown(sync);
  const { problems, warnings } = await findings(ports, sync, destination, before);
  refuseProblems(sync.enabled ? problems : problems.filter(({ code }) => never.has(code)));
  await checkTwin(ports.configs, sync, words);
  const move = checkMove(sync, before, await ports.runs.getState(sync.id), words);
  return { ...move, warnings: sync.enabled ? warnings : [...problems, ...warnings] };
}

/** Not even unfinished: whoever may read would be shown what lies there. */
const never: ReadonlySet<string> = new Set(['bucket-not-named']);

async function findings(
  ports: ApiPorts,
  sync: Sync,
  destination: Destination,
  before: Sync | undefined,
) {
  const found = checkSyncAt(destination, sync, ports.tools);
  const source = readsTheSame(before, sync)
    ? { problems: [], warnings: [] }
    : await checkSource(ports, sync, found.essential);
  const problems = [...found.problems, ...source.problems];
  const warnings = [...found.warnings, ...source.warnings];
  return { problems: placed(problems, inSync), warnings: placed(warnings, inSync) };
}

/** An enabled sync that reads what it read before: an export that is under way must not keep it from being edited. */
function readsTheSame(before: Sync | undefined, sync: Sync): boolean {
  const read = ({ source, key, mappings }: Sync) =>
    JSON.stringify([source, key, Object.entries(mappings).sort()]);
  return before?.enabled === true && read(before) === read(sync);
}

const destinationUnknown = ({ destination }: Sync) =>
  new Refusal(422, {
    code: 'configuration-invalid',
    detail:
      'One thing keeps this from being saved; nothing was changed. Mend what "problems" names.',
    problems: [
      {
        pointer: '/destination',
        path: 'destination',
        code: 'destination-unknown',
        message: `There is no destination "${destination}". Create it first, or name another.`,
      },
    ],
  });

interface Saving {
  /** The word of the audit trail. */
  readonly what?: string;
  /** Whatever is there, as it can't be read. */
  readonly replaces?: boolean;
}

export async function saveSync(
  ports: ApiPorts,
  caller: Caller,
  input: SyncInput,
  before: Sync | undefined,
  words: Words,
  { what, replaces = false }: Saving = {},
): Promise<SavedSync> {
  const { sync, warnings } = await alone(ports, caller, input.destination, async () => {
    const checked = await checkSync(ports, input, before, words);
    if (caller.onlyTries && !replaces) await checkNew(ports, 'sync', input, before);
    const change = { ...saving('sync', input, before, what), warnings: checked.warnings };
    const put = () =>
      audited(ports, caller, change, () =>
        ports.configs.putSync(input, replaces ? undefined : (before?.version ?? 0)),
      );
    const isMade = checked.moves && !caller.onlyTries;
    const saved = await (isMade ? moved(ports, { input, before, words }, put) : put());
    return { sync: saved, warnings: checked.warnings };
  });
  return { sync, warnings: [...warnings, ...(await putSchedule(ports, sync))] };
}

interface MovedSync {
  readonly input: SyncInput;
  readonly before: Sync | undefined;
  readonly words: Words;
}

/** No run starts between the last look at its members and the moment in which they are forgotten. */
const moved = (
  ports: ApiPorts,
  { input, before, words }: MovedSync,
  put: () => Promise<Sync>,
): Promise<Sync> =>
  withoutStarts(ports, input.id, async () => {
    const state = await ports.runs.getState(input.id);
    const { forgets } = checkMove({ ...input, version: 1 }, before, state, words);
    const saved = await put();
    if (forgets) await forget(ports, saved.id);
    return saved;
  });

async function forget(ports: ApiPorts, sync: string): Promise<void> {
  if (await ports.runs.forgetMirror(sync)) return;
  const { openRun } = await ports.runs.getState(sync);
  throw runOpen(sync, openRun?.run ?? '');
}

/** What can't be scheduled is saved all the same, and told. */
async function putSchedule(ports: ApiPorts, sync: Sync): Promise<FieldProblem[]> {
  try {
    await ports.schedules.put(sync);
    return [];
  } catch (error) {
    const isOurs = error instanceof ConfigurationError;
    if (!isOurs) ports.failed(error);
    return [
      {
        pointer: '/schedule',
        path: 'schedule',
        code: isOurs ? error.code : 'schedule-later',
        message: isOurs
          ? error.message
          : 'The sync is saved, but its schedule could not be set at this moment. It follows within five minutes.',
      },
    ];
  }
}

/** @throws Refusal 409; ConfigurationError `version-outdated` */
export async function removeSync(
  ports: ApiPorts,
  caller: Caller,
  before: Sync,
  words: Words,
): Promise<void> {
  const { id, version } = before;
  const remove = async () => {
    const state = await ports.runs.getState(id);
    checkRemoval(id, state, words);
    const change = { ...removing('sync', before), members: state.mirror?.members };
    await audited(ports, caller, change, () => ports.configs.deleteSync(id, version));
    await ports.runs.forgetMirror(id);
  };
  await (caller.onlyTries ? remove() : withoutStarts(ports, id, remove));
  await ports.schedules.remove(id).catch((error: unknown) => ports.failed(error));
}
