/** Plays histories, and shrinks the one that breaks a promise. */
import { usualTask } from '../../shared/contracts/task.ts';
import { type Member, nameOf } from './answers.ts';
import { plainMapping } from './audience.ts';
import type { Engines } from './engines.ts';
import { heldBackWrongly } from './held-back.ts';
import { History } from './history.ts';
import { broken } from './invariants.ts';
import { wronglyDeleted } from './kept.ts';
import { adopt, isAdoptionMissing, prepare, wronglyAdded } from './repair.ts';
import { type Answer, type Script, type Step, smaller } from './script.ts';
import { notThere, stayingRemoved } from './staying.ts';
import { backUp, befall, mend } from './troubles.ts';

export interface Played {
  readonly script: Script;
  /** Broken promises in words; empty for a good history. */
  readonly broken: readonly string[];
  readonly history: History;
}

export async function play(script: Script, engines?: Engines): Promise<Played> {
  const history = new History(script.seed, engines);
  watch(history);
  for (const sync of script.syncs) await history.addSync(sync);
  history.switchFaultsOn(script.faults);
  for (const step of script.steps) await take(history, step);
  await calmDown(history, script);
  return { script, broken: await broken(history), history };
}

/** The smallest script found by leaving out one thing at a time, that is still broken. */
export async function shrink(script: Script): Promise<Played> {
  let smallest = await play(script);
  for (let found = true; found; ) {
    found = false;
    for (const candidate of smaller(smallest.script)) {
      const played = await play(candidate);
      if (played.broken.length === 0) continue;
      smallest = played;
      found = true;
      break;
    }
  }
  return smallest;
}

/** Looks at each request that reaches the platform. */
export function watch(history: History): void {
  history.state.onDelete = (keys) => history.broken.push(...wronglyDeleted(history, keys));
  history.runs.onFreed = (sync) => history.broken.push(...notThere(history, sync));
  history.platform.jobs.onQuestion = (job) => {
    if (!history.recorded.isNoted(job))
      history.broken.push(`${job} was asked about before it was noted`);
  };
  const keys = new Map<string, string>();
  const named = new Map<string, string>();
  /** Runs that have begun to add. */
  const adding = new Set<string>();
  history.platform.onRequest = (request) => {
    const { key, audience, method, removes, members, said } = request;
    if (removes) history.broken.push(...stayingRemoved(history, request));
    // Whose account was taken away may be asked again.
    const isKnown = !history.damaged.has(key.split('-')[0] ?? '') && !isOfAnotherTime(history);
    if (isKnown && history.recorded.isRepeat(key))
      history.broken.push(`${key} was sent again after a recorded 2xx`);
    // The same records of one run bear the same name on every try; two members may share one e-mail.
    const [run = ''] = key.split('-');
    const sent = `${run} ${method} ${said}`;
    const known = keys.get(sent);
    if (known !== undefined && known !== key && members[0]?.['id'] !== undefined)
      history.broken.push(`${known} was sent again as ${key}`);
    if ((named.get(key) ?? sent) !== sent)
      history.broken.push(`${key} was sent with other records than before`);
    named.set(key, sent);
    keys.set(sent, key);
    if (!removes) adding.add(run);
    else if (adding.has(run)) history.broken.push(`${run} removed after it had begun to add`);
    const isMirroring = history.runs.runs.get(`${audience.replace('audience-', '')}/${run}`)?.task;
    if (removes && isMirroring?.kind === 'mirror')
      history.broken.push(...wronglyRemoved(history, audience, members));
    if (!removes) history.broken.push(...wronglyAdded(history, audience, members));
    if (!isOfAnotherTime(history)) history.broken.push(...heldBackWrongly(history, key));
  };
}

/** Who was given up, and wakes up after the clock was set back, believes that there is time left. */
const isOfAnotherTime = ({ hasJumped, world }: History): boolean =>
  hasJumped && world.actor?.alive === false;

function wronglyRemoved(history: History, audience: string, members: readonly Member[]): string[] {
  const warehouse = history.audiences.get(audience.replace('audience-', ''));
  return members
    .map(nameOf)
    .filter((name) => warehouse?.isAlwaysThere(name))
    .map((name) => `${name} was removed from ${audience}, though every snapshot holds it`);
}

async function take(history: History, step: Step): Promise<void> {
  const { world, platform, queues } = history;
  const audience = history.audiences.get(step.sync);
  backUp(history, step.sync);
  if (step.changes) audience?.change();
  const repair = step.repair && prepare(history, step.sync, step.repair);
  write(history, step);
  platform.lockedOut = step.lockedOut;
  if (step.forget) {
    world.count('queues-forgotten');
    queues.forget();
  }
  if (step.edit)
    world.at(world.now() + step.triggerAfterMs + step.editAfterMs, () => edit(history, step));
  await world.run(world.now() + step.triggerAfterMs);
  for (let trigger = 0; trigger < step.triggers; trigger++) {
    history.trigger(step.sync, step.byHand ? 'manual' : 'schedule');
  }
  for (const { kind, afterMs } of step.answers ?? []) {
    world.at(world.now() + afterMs, () => answer(history, step.sync, kind));
  }
  const { trouble } = step;
  if (trouble)
    world.at(world.now() + trouble.afterMs, () => befall(history, step.sync, trouble.what));
  if (repair) world.at(world.now() + history.random.between(-500, 30_000), repair);
  if (step.cancelAfterMs !== undefined) {
    world.at(world.now() + step.cancelAfterMs, () => {
      world.count('run-cancelled');
      history.cancel(step.sync);
    });
  }
  await world.run(world.now() + step.waitMs);
  if (!step.sweep) return;
  history.sweep();
  history.tidy();
}

function answer(history: History, sync: string, kind: Answer['kind']): void {
  // Whoever reads that the state went back takes the newer mirror.
  if (history.runs.states.get(sync)?.outdated) return;
  if (kind === 'turn-down') history.turnDown(sync);
  else history.approve(sync, kind === 'approve-oldest');
}

function write({ world, audiences }: History, step: Step): void {
  const audience = audiences.get(step.sync);
  switch (step.export) {
    case 'whole':
      audience?.export(world.clock());
      break;
    case 'again':
      audience?.exportAgain(world.clock());
      break;
    case 'broken':
      world.count('snapshot-broken');
      audience?.exportBroken(world.clock());
      break;
    case 'slow':
      world.count('snapshot-half-written');
      audience?.exportSlowly(world);
  }
}

/** Some records change, others do not. */
function edit(history: History, { sync, edit: mapping }: Step): void {
  history.world.count('configuration-edited');
  // Its file may be read as the new mappings read it: what the platform holds otherwise is not known.
  if (history.resets.has(sync)) history.partlyAdopted.add(sync);
  if (mapping) history.save(sync, mapping);
}

/** The faults stop, what is open ends, and each sync runs once more. */
export async function calmDown(history: History, { syncs }: Pick<Script, 'syncs'>): Promise<void> {
  history.switchFaultsOff();
  history.calmFrom = history.world.now();
  // The clock is right again.
  history.world.skewMs = 0;
  // What people are about to do, and what wakes up late.
  await history.world.run(history.world.now() + 3_600_000);
  await history.settle(200);
  for (const { id } of syncs) {
    if (!isAdoptionMissing(history, id)) continue;
    await adopt(history, id);
    await history.world.run(history.world.now() + 60_000);
    await history.settle(200);
  }
  for (const { id } of syncs) {
    // Convergence is promised with retrying on, and a complete snapshot there.
    if (!history.retries(id)) history.save(id, history.mappings.get(id) ?? plainMapping, true);
    const audience = history.audiences.get(id);
    if (audience?.isBroken) audience.export(history.world.clock());
  }
  await history.world.run(history.world.now() + 60_000);
  // By hand: the schedule passes over what was rolled back from.
  for (const { id } of syncs) {
    history.start(id, history.partlyAdopted.has(id) ? { kind: 'mirror', full: true } : usualTask);
  }
  await history.world.run(history.world.now() + 60_000);
  await history.settle(200);
  for (const { id } of syncs) {
    await mend(history, id);
    await letGo(history, id);
  }
  await askAgain(history, syncs);
  await runOn(history, syncs);
  history.tidy();
  await history.world.run(history.world.now() + 3_600_000);
}

/** Of whom a late platform had shown nothing yet is known now. */
async function askAgain(history: History, syncs: Script['syncs']): Promise<void> {
  for (const { id, manners } of syncs) {
    if (!manners?.ids?.isLate) continue;
    history.start(id, usualTask);
    await history.world.run(history.world.now() + 60_000);
    await history.settle(200);
    await letGo(history, id);
  }
}

/** All is equal: two runs more over the same rows, the first of them in other files, have nothing to send. */
async function runOn(history: History, syncs: Script['syncs']): Promise<void> {
  const { world, platform, audiences } = history;
  const { requests } = platform;
  for (const again of [true, false]) {
    for (const { id } of syncs) {
      if (again) audiences.get(id)?.exportAgain(world.clock());
      await world.run(world.now() + 60_000);
      history.start(id, usualTask);
    }
    await world.run(world.now() + 60_000);
    await history.settle(200);
  }
  const isHealthy = syncs.every(({ manners }) => manners?.forbids === undefined);
  if (isHealthy && platform.requests > requests)
    history.broken.push(`${platform.requests - requests} requests were sent once all was equal`);
}

/** What holds the sync's newest snapshot back is approved; what was turned down is planned again first. */
async function letGo(history: History, sync: string): Promise<void> {
  const { runs, world } = history;
  for (let tries = 0; tries < 3; tries++) {
    const [last] = (await runs.listRuns(sync, 1)).items;
    const isSkipped = last?.result?.error?.code === 'snapshot-set-aside';
    if (last?.status !== 'held' && !isSkipped) return;
    const { setAside } = await runs.getState(sync);
    const held = setAside && (await runs.getRun(sync, setAside.run));
    if (held?.status === 'held') history.approve(sync);
    else history.trigger(sync, 'manual');
    await world.run(world.now() + 60_000);
    await history.settle(200);
  }
}
