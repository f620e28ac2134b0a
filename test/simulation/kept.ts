/** What must hold of what is kept: all that is needed, nothing that is not, and logs that say what the counts say. */

import { outcomes } from '../../shared/contracts/counts.ts';
import {
  attemptOfMirror,
  configObject,
  epochOfMirror,
  erasedObject,
  mirrorPrefix,
  planObject,
  pointerObject,
  runOfObject,
  runPrefix,
  runsPrefix,
} from '../../shared/contracts/layout.ts';
import type { MirrorObjects } from '../../shared/contracts/mirror.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { LogRecord } from '../../shared/contracts/sync-log.ts';
import { layersOf, neededFor } from '../../shared/domain/run/mirror-objects.ts';
import type { Told } from './answers.ts';
import type { History } from './history.ts';

/** Of the objects that are about to go, those that somebody needs. */
export function wronglyDeleted({ runs }: History, keys: readonly string[]): string[] {
  return [...runs.states].flatMap(([sync, { mirror, openRun, epoch }]) => {
    const phase = openRun && runs.runs.get(`${sync}/${openRun.run}`)?.phase;
    // Chunks are for sending: a run that closes needs none. One that is closed has its result, and needs nothing.
    const isOver = (key: string) =>
      phase === 'closed' || (phase === 'closing' && key.includes('/chunks/'));
    const isNeeded = (key: string) =>
      (mirror && neededFor(mirror).includes(key)) ||
      (openRun && key.startsWith(runPrefix(sync, openRun.run)) && !isOver(key)) ||
      (openRun && key.startsWith(mirrorPrefix(sync)) && epochOfMirror(key) === epoch);
    return keys.filter(isNeeded).map((key) => `${key} was deleted, which ${sync} needs`);
  });
}

/** When all is over, and tidied. */
export async function keptWrongly(history: History): Promise<string[]> {
  const found: string[] = [];
  for (const [sync, { mirror: pointer }] of history.runs.states) {
    // Nobody knows which runs there were.
    if (history.wentBack.has(sync)) continue;
    const { observability } = (await history.configs.getSync(sync)) ?? {};
    const kept = lastMirrored(history, sync).slice(0, observability?.snapshotsToRetain);
    const wanted = new Set(kept.flatMap((run) => objectsOf(history, run)));
    for (const name of pointer ? mirrorNames(history, pointer) : []) wanted.add(name);
    for (const key of wanted) {
      if (history.damaged.has(runOfObject(sync, key) ?? '') || history.takenAway.has(key)) continue;
      if (!history.state.objects.has(key)) found.push(`${key} is gone, and should be kept`);
    }
    const spare = [...history.state.objects.keys()].filter(
      (key) => isOf(sync, key) && !wanted.has(key) && !isPlan(key) && !key.endsWith('config.json'),
    );
    found.push(...spare.map((key) => `${key} was left behind`));
  }
  return found;
}

const isOf = (sync: string, key: string) =>
  key.startsWith(mirrorPrefix(sync)) || key.startsWith(runsPrefix(sync));

/** Those of runs that sent nothing stay as long as those before them. */
const isPlan = (key: string) => key.endsWith('/plan.parquet');

const lastMirrored = ({ runs }: History, sync: string): Run[] =>
  [...runs.runs.values()]
    .filter((run) => run.sync === sync && run.result?.mirror !== undefined)
    .sort((a, b) => b.epoch - a.epoch);

/** What was noted of an object that people were taken out of stays with it. */
const mirrorNames = ({ state }: History, mirror: MirrorObjects): string[] =>
  layersOf(mirror).flatMap(({ location }) =>
    [location, erasedObject(location), pointerObject(attemptOfMirror(location))].filter(
      (key) => key === location || state.objects.has(key),
    ),
  );

const objectsOf = (history: History, { sync, id, plan, result }: Run): string[] => [
  configObject(sync, id),
  ...(plan ? [planObject(sync, id, plan.attempt)] : []),
  ...(result?.mirror ? mirrorNames(history, result.mirror) : []),
];

/** Of what was taken away nobody can write a log, and a run of before the table was lost has no word in it. */
const isTroubled = ({ damaged, lostMirrors, wentBack }: History, { sync, id }: Run): boolean =>
  damaged.has(id) || lostMirrors.has(sync) || wentBack.has(sync);

/** Each run that was closed after a plan has one log, and it agrees with the counts in every number. */
export async function loggedWrongly(history: History): Promise<string[]> {
  const found: string[] = [];
  for (const run of history.runs.runs.values()) {
    const logs = [...history.logs.objects.keys()].filter((key) =>
      key.endsWith(`/${run.id}.parquet`),
    );
    // Whoever gave its account up wants none.
    if (run.stop?.abandon || history.hasJumped || isTroubled(history, run)) continue;
    if ([...history.takenAway].some((name) => name.endsWith(`/${run.id}.parquet`))) continue;
    const { log } = run.result ?? {};
    const expected = log && log.rows > 0 ? 1 : 0;
    if (logs.length !== expected) found.push(`${run.id} has ${logs.length} logs of ${expected}`);
    if (run.closingAt !== undefined && !log) found.push(`${run.id} was closed without a log`);
    for (const location of logs) found.push(...(await disagreeing(history, run, location)));
  }
  return found;
}

async function disagreeing(history: History, run: Run, location: string): Promise<string[]> {
  const records = await history.engines.log(history.logs, location);
  const { counts, log } = run.result ?? {};
  if (!counts) return [`${run.id} has a log and no counts`];
  const rowsOf = (action: string, outcome?: string) =>
    records
      .filter((each) => each.action === action && (outcome ?? each.outcome) === each.outcome)
      .reduce((sum, { rows }) => sum + rows, 0);
  const numbers: [string, number, number][] = [
    ['rows', records.length, log?.rows ?? 0],
    ['invalid rows', rowsOf('none', 'invalid'), counts.snapshot.invalid],
    ...(['insert', 'reinsert', 'update', 'delete'] as const).flatMap((action) =>
      outcomes.map((outcome): [string, number, number] => [
        `${action} ${outcome}`,
        rowsOf(action, outcome),
        counts[action][outcome],
      ]),
    ),
  ];
  const misread = records.flatMap((record) => misreadBy(history, record));
  const nameless = records.filter(({ outcome, code }) => outcome !== 'delivered' && !code).length;
  return [
    ...numbers
      .filter(([, logged, counted]) => logged !== counted)
      .map(([name, logged, counted]) => `${run.id}: ${name}: ${logged} logged, ${counted} counted`),
    ...misread.map((each) => `${run.id}: ${each}`),
    ...(nameless > 0 ? [`${run.id}: ${nameless} failures are logged without a code`] : []),
  ];
}

/** Nobody counts as delivered or refused whose request was never told so. */
function misreadBy({ platform }: History, { outcome, request }: LogRecord): string[] {
  const told = request === null ? undefined : platform.told.get(request);
  const tells =
    outcome === 'delivered' ? delivering : outcome === 'rejected' ? refusing : undefined;
  if (!told || !tells || tells.some((each) => told.has(each))) return [];
  return [`${request} counts as ${outcome}, and was told no more than ${[...told].join(', ')}`];
}

const delivering: readonly Told[] = ['applied', 'partly', 'lacking'];
const refusing: readonly Told[] = ['refused', 'partly', 'lacking'];
