/** A history as data: drawn from a seed, played, and shrunk where it breaks a promise. */
import type { Canary, Guards } from '../../shared/contracts/sync.ts';
import type { Mapping } from './audience.ts';
import { idMannersOf } from './id-manners.ts';
import { jobMannersOf } from './job-manners.ts';
import { type Manners, mannersOf, plainManners } from './manners.ts';
import { Random } from './random.ts';
import { type Trouble, troubleOf } from './trouble.ts';

export interface SyncScript {
  readonly id: string;
  readonly lanes: number;
  readonly batchSize: number;
  readonly retryFailed: boolean;
  /** The platform knows members by their e-mail, which goes from one to another and may be shared. */
  readonly isByEmail?: boolean;
  /** Mirrors and plans that are kept. @default as many as there are by default */
  readonly snapshots?: number;
  /** The log has keys as their HMAC. */
  readonly hashesKeys?: boolean;
  readonly guards?: Partial<Guards>;
  readonly canary?: Canary | undefined;
  /** Of its platform; absent: as plain as can be, and read by the fewest rules. */
  readonly manners?: Manners;
}

/** Shares of calls, messages and requests that meet a fault. */
export interface FaultScript {
  readonly calls: number;
  readonly duplicate: number;
  readonly delay: number;
  readonly platform: number;
  /** Receives before a message is given up. @default as many as there are by default */
  readonly maxReceives?: number | undefined;
}

/** What a person does now and then. `adopt`: after a reset. */
export const repairs = ['full', 'adopt', 'rollback', 'empty', 'erase'] as const;
export type Repair = (typeof repairs)[number];

export interface Step {
  readonly sync: string;
  readonly changes: boolean;
  readonly export: 'whole' | 'again' | 'broken' | 'slow';
  /** The mapping is edited, before the run or in the middle of it. */
  readonly edit: Mapping | undefined;
  readonly editAfterMs: number;
  readonly lockedOut: boolean;
  /** The queues lose what they hold, as the embedded ones do when their process dies. */
  readonly forget: boolean;
  readonly triggerAfterMs: number;
  readonly triggers: number;
  /** The run is cancelled this long after it was triggered. */
  readonly cancelAfterMs: number | undefined;
  readonly waitMs: number;
  readonly sweep: boolean;
  /** What is said to a held run, and how long after the trigger. */
  readonly answers?: readonly Answer[];
  /** The trigger is a person's. */
  readonly byHand?: boolean;
  /** Befalls the sync so long after the trigger. */
  readonly trouble?: { readonly what: Trouble; readonly afterMs: number } | undefined;
  /** Asked for with the first trigger, which may be before it or after it. */
  readonly repair?: Repair | undefined;
}

export interface Answer {
  readonly kind: 'approve' | 'approve-oldest' | 'turn-down';
  readonly afterMs: number;
}

export interface Script {
  readonly seed: number;
  readonly syncs: readonly SyncScript[];
  readonly faults: FaultScript;
  readonly steps: readonly Step[];
}

export function scriptOf(seed: number): Script {
  const random = new Random(seed);
  const syncs = Array.from({ length: random.between(1, 2) }, (_, i) => ({
    id: `s${i}`,
    lanes: random.between(1, 3),
    batchSize: random.between(1, 8),
    retryFailed: random.chance(0.7),
  }));
  const script = {
    seed,
    faults: {
      calls: random.chance(0.2) ? 0 : random.next() * 0.08,
      duplicate: random.chance(0.7) ? 0.1 : 0,
      delay: random.chance(0.7) ? 0.1 : 0,
      platform: random.chance(0.8) ? random.next() * 0.6 : 0,
    },
    steps: Array.from({ length: random.between(2, 8) }, () => stepOf(random, syncs)),
  };
  const known = {
    ...script,
    steps: script.steps.map((step) => ({
      ...step,
      repair: random.chance(0.25) ? random.pick(repairs) : undefined,
    })),
    syncs: syncs.map((sync) => ({
      ...sync,
      isByEmail: random.chance(0.5),
      snapshots: random.between(1, 3),
      hashesKeys: random.chance(0.2),
    })),
  };
  const whole = {
    ...known,
    syncs: known.syncs.map((sync) => {
      const heldBack = heldBackBy(random);
      const { forbids, ...manners } = mannersOf(random);
      // Whoever is refused for ever never passes a canary.
      return {
        ...sync,
        ...heldBack,
        manners: heldBack.canary || forbids === undefined ? manners : { ...manners, forbids },
      };
    }),
    faults: {
      ...known.faults,
      maxReceives: random.chance(0.3) ? random.between(1, 4) : undefined,
    },
    steps: known.steps.map((step) => ({
      ...step,
      answers: answersOf(random),
      byHand: random.chance(0.1),
    })),
  };
  const ofJobs = new Random(seed + 1_000_000_007);
  const isTroubled = random.chance(0.25);
  /** Whoever is in an object that cannot be read, or is never let go of: such an erasure waits as long as that lasts. */
  const mayWait = (sync: string) =>
    isTroubled || whole.syncs.some(({ id, manners }) => id === sync && 'forbids' in manners);
  const trouble = () => ({ what: troubleOf(random), afterMs: random.between(0, 60_000) });
  // Who waits goes by a clock.
  const ofIds = new Random(seed + 1_000_000_009);
  return {
    ...whole,
    syncs: whole.syncs.map((sync) => {
      const [jobs, ids] = [jobMannersOf(ofJobs), idMannersOf(ofIds)];
      if (jobs) return { ...sync, manners: { ...sync.manners, jobs } };
      return ids
        ? {
            ...sync,
            manners: { ...sync.manners, ids: { ...ids, isLate: ids.isLate && !isTroubled } },
          }
        : sync;
    }),
    steps: whole.steps.map((step) => ({
      ...step,
      repair: step.repair === 'erase' && mayWait(step.sync) ? undefined : step.repair,
      trouble: isTroubled && random.chance(0.3) ? trouble() : undefined,
    })),
  };
}

/** Half of the syncs have guards that trip, and some a canary. */
function heldBackBy(random: Random): Pick<SyncScript, 'guards' | 'canary'> {
  const guards = random.chance(0.5)
    ? {
        deletesShare: random.next() * 0.5,
        deletesAbove: random.between(0, 3),
        ...(random.chance(0.3) && { minimumRows: random.between(1, 8) }),
        ...(random.chance(0.3) && { invalidShare: random.next() * 0.3 }),
        ...(random.chance(0.3) && { changesShare: random.next() }),
      }
    : {};
  const canary = random.chance(0.3)
    ? { records: random.between(1, 4), successShare: random.pick([0, 0.5, 1]) }
    : undefined;
  return { guards, canary };
}

/** Often none; now and then two that race, or one that comes late. */
function answersOf(random: Random): Answer[] {
  const count = random.chance(0.6) ? 0 : random.between(1, 2);
  return Array.from({ length: count }, () => ({
    kind: random.pick(['approve', 'approve', 'approve', 'approve-oldest', 'turn-down'] as const),
    afterMs: random.chance(0.5) ? random.between(8_000, 12_000) : random.between(1, 120_000),
  }));
}

function stepOf(random: Random, syncs: readonly SyncScript[]): Step {
  const how = random.next();
  return {
    sync: random.pick(syncs).id,
    changes: random.chance(0.8),
    export: how < 0.65 ? 'whole' : how < 0.8 ? 'again' : how < 0.9 ? 'broken' : 'slow',
    edit: random.chance(0.2) ? mappingOf(random) : undefined,
    editAfterMs: random.chance(0.5) ? 0 : random.between(1, 2_000),
    lockedOut: random.chance(0.05),
    forget: random.chance(0.05),
    triggerAfterMs: random.between(0, 20_000),
    triggers: random.chance(0.2) ? 2 : 1,
    cancelAfterMs: random.chance(0.15) ? random.between(1, 20_000) : undefined,
    waitMs: random.between(1, random.chance(0.5) ? 30_000 : 900_000),
    sweep: random.chance(0.8),
  };
}

const mappingOf = (random: Random): Mapping => ({
  cityColumn: random.pick(['city', 'town']),
  lowercase: random.chance(0.5),
});

/** Every script that is a little smaller. */
export function* smaller(script: Script): Generator<Script> {
  for (let at = 0; at < script.steps.length; at++) {
    yield { ...script, steps: script.steps.filter((_, i) => i !== at) };
  }
  for (const { id } of script.syncs.length > 1 ? script.syncs : []) {
    yield {
      ...script,
      syncs: script.syncs.filter((sync) => sync.id !== id),
      steps: script.steps.filter((step) => step.sync !== id),
    };
  }
  for (const sync of script.syncs) {
    const others = script.syncs.filter(({ id }) => id !== sync.id);
    for (const plainer of plainerSyncs(sync)) yield { ...script, syncs: [...others, plainer] };
  }
  if (script.faults.maxReceives !== undefined) {
    yield { ...script, faults: { ...script.faults, maxReceives: undefined } };
  }
  for (const fault of ['calls', 'duplicate', 'delay', 'platform'] as const) {
    if (script.faults[fault] > 0) yield { ...script, faults: { ...script.faults, [fault]: 0 } };
  }
  for (const [at, step] of script.steps.entries()) {
    for (const calmer of calmerSteps(step)) {
      yield { ...script, steps: script.steps.map((each, i) => (i === at ? calmer : each)) };
    }
  }
}

function* plainerSyncs(sync: SyncScript): Generator<SyncScript> {
  if (sync.canary) yield { ...sync, canary: undefined };
  if (sync.guards && Object.keys(sync.guards).length > 0) yield { ...sync, guards: {} };
  const { manners = plainManners } = sync;
  if (manners.isMerging) yield { ...sync, manners: { ...manners, isMerging: false } };
  if (manners.ids) yield { ...sync, manners: { ...manners, ids: undefined } };
  if (manners.isStrict) yield { ...sync, manners: { ...manners, isStrict: false } };
  if (manners.noCity !== 'unsaid') yield { ...sync, manners: { ...manners, noCity: 'unsaid' } };
  for (const name of ['unknown', 'forbids', 'jobs'] as const)
    if (manners[name] !== undefined) yield { ...sync, manners: { ...manners, [name]: undefined } };
}

function* calmerSteps(step: Step): Generator<Step> {
  if (step.trouble) yield { ...step, trouble: undefined };
  if (step.repair) yield { ...step, repair: undefined };
  if (step.edit) yield { ...step, edit: undefined };
  if (step.lockedOut) yield { ...step, lockedOut: false };
  if (step.forget) yield { ...step, forget: false };
  if (step.cancelAfterMs !== undefined) yield { ...step, cancelAfterMs: undefined };
  if (step.triggers > 1) yield { ...step, triggers: 1 };
  if (step.answers?.length) yield { ...step, answers: step.answers.slice(1) };
  if (step.byHand) yield { ...step, byHand: false };
  if (step.export !== 'whole') yield { ...step, export: 'whole' };
}
