/** What befalls the clock and the state of a history now and then, and what people do about it when all is calm. */
import { recoverMirror } from '../../functions/api/recover-mirror.ts';
import { runPrefix } from '../../shared/contracts/layout.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import type { History } from './history.ts';
import { adopt } from './repair.ts';
import type { Damage, Trouble } from './trouble.ts';

/** Only between runs: what is open is in other hands, too. */
export function backUp({ runs, backups }: History, sync: string): void {
  const state = runs.states.get(sync);
  const own = [...runs.runs.values()].filter((run) => run.sync === sync);
  if (!state || !isQuiet(state, own)) return;
  backups.push({ sync, state, runs: own });
}

const isQuiet = (state: SyncState, own: readonly Run[]) =>
  !state.openRun && own.every(({ phase }) => phase === 'closed');

export function befall(history: History, sync: string, trouble: Trouble): void {
  if (history.calmFrom !== undefined) return;
  switch (trouble.kind) {
    case 'clock':
      history.world.count('clock-jumped');
      history.world.skewMs += trouble.byMs;
      history.hasJumped = true;
      return;
    case 'damage':
      if (trouble.of === 'run') damageRun(history, sync, trouble.how);
      else damageMirror(history, sync, trouble.how);
      return;
    case 'back':
      goBack(history, sync);
  }
}

/** One object of each run at most: of two copies of one thing one is there. */
function damageRun(history: History, sync: string, how: Damage): void {
  const run = history.runs.states.get(sync)?.openRun?.run;
  if (run === undefined || history.damaged.has(run)) return;
  const objects = [...history.state.objects.keys()].filter((name) =>
    name.startsWith(runPrefix(sync, run)),
  );
  if (objects.length === 0) return;
  history.damaged.add(run);
  take(history, history.random.pick(objects), how);
}

function damageMirror(history: History, sync: string, how: Damage): void {
  const pointer = history.runs.states.get(sync)?.mirror;
  if (!pointer || history.lostMirrors.has(sync)) return;
  history.lostMirrors.add(sync);
  take(history, history.random.pick(layersOf(pointer)).location, how);
}

function take(history: History, name: string, how: Damage): void {
  history.world.count(`object-${how}`);
  history.takenAway.add(name);
  damageObject(history, name, how);
}

/** Takes the object away, leaves half of it, or alters one bit in its middle. */
export function damageObject(
  { state, logs }: Pick<History, 'state' | 'logs'>,
  name: string,
  damage: Damage,
): void {
  const { objects } = name.startsWith('sync-logs/') ? logs : state;
  const body = objects.get(name);
  if (!body) return;
  const middle = body.length >> 1;
  if (damage === 'gone') objects.delete(name);
  else if (damage === 'cut') objects.set(name, body.subarray(0, middle));
  else
    objects.set(
      name,
      body.map((byte, at) => (at === middle ? byte ^ 1 : byte)),
    );
}

function goBack(history: History, sync: string): void {
  const { runs, random, backups } = history;
  const own = [...runs.runs.values()].filter((run) => run.sync === sync);
  if (!isQuiet(runs.states.get(sync) ?? { epoch: 0, marker: false }, own)) return;
  const older = backups.filter((each) => each.sync === sync);
  const to = random.chance(0.3) || older.length === 0 ? undefined : random.pick(older);
  history.world.count(to ? 'table-went-back' : 'table-lost');
  history.wentBack.add(sync);
  for (const { id } of own) runs.runs.delete(`${sync}/${id}`);
  for (const run of to?.runs ?? []) runs.runs.set(`${sync}/${run.id}`, run);
  if (to) runs.states.set(sync, to.state);
  else runs.states.delete(sync);
}

/** What went wrong is named, and people do what it says, in the order in which it says it. */
export async function mend(history: History, sync: string): Promise<void> {
  const { runs } = history;
  if (runs.states.get(sync)?.outdated) {
    await recoverMirror(history, sync).catch(() => forget(history, sync));
    await run(history, sync);
  }
  if (!(await isDamaged(history, sync))) return;
  const hasOlder = wholeMirrors(history, sync).length > 0;
  await run(history, sync, true);
  if (!(await isDamaged(history, sync))) return;
  if (hasOlder)
    history.broken.push(`${sync}: an older mirror is whole, and no run went on from it`);
  await forget(history, sync);
  await run(history, sync, true);
}

async function forget(history: History, sync: string): Promise<void> {
  await adopt(history, sync);
  await history.world.run(history.world.now() + 60_000);
  await history.settle(200);
}

async function run(history: History, sync: string, full = false): Promise<void> {
  history.start(sync, full ? { kind: 'mirror', full } : usualTask);
  await history.world.run(history.world.now() + 60_000);
  await history.settle(200);
}

async function isDamaged({ runs }: History, sync: string): Promise<boolean> {
  const [last] = (await runs.listRuns(sync, 1)).items;
  return last?.result?.error?.code === 'mirror-damaged';
}

/** Those that an earlier run left, of which everything is there. */
function wholeMirrors({ runs, state, takenAway }: History, sync: string): MirrorPointer[] {
  const present = runs.states.get(sync)?.mirror;
  return [...runs.runs.values()]
    .flatMap((run) => (run.sync === sync ? (run.result?.mirror ?? []) : []))
    .filter(({ epoch }) => epoch < (present?.epoch ?? 0))
    .filter((mirror) =>
      layersOf(mirror).every(({ location: at }) => state.objects.has(at) && !takenAway.has(at)),
    );
}

/** Nobody may be left behind where the last account of them is there. */
export const mayLeaveBehind = ({ lostMirrors }: History, sync: string): boolean =>
  lostMirrors.has(sync);
