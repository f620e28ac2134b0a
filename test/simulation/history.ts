/**
 * One history: syncs whose snapshots come and go under faults of every kind, then silence, then one complete run
 * of each sync. What must hold then, and all the time, is checked in `invariants.ts`.
 */

import { gzipSync } from 'node:zlib';
import { cancelRun } from '../../functions/api/cancel-run.ts';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { planRun } from '../../functions/plan-run/plan-run.ts';
import type { ForbiddenInRow } from '../../functions/send-chunk/acceptance.ts';
import type { CircuitPorts } from '../../functions/send-chunk/circuit.ts';
import { sendChunk } from '../../functions/send-chunk/send-chunk.ts';
import { WarmMemory } from '../../functions/send-chunk/warm.ts';
import { settleDeadLetters } from '../../functions/sweep/dead-letters.ts';
import { raiseStale } from '../../functions/sweep/stale-syncs.ts';
import { sweep } from '../../functions/sweep/sweep.ts';
import { raiseWaiting } from '../../functions/sweep/waiting-runs.ts';
import { type TidyPorts, tidy } from '../../functions/tidy/tidy.ts';
import type { Alert } from '../../shared/contracts/alert.ts';
import { openErasures } from '../../shared/contracts/layout.ts';
import type { Run, RunResult, Trigger } from '../../shared/contracts/run.ts';
import { type RunTask, usualTask } from '../../shared/contracts/task.ts';
import { functions, sweepMinutes } from '../../shared/contracts/wiring.ts';
import { approveRun } from '../../shared/flow/approve-run.ts';
import { continueErasures, requestErasure } from '../../shared/flow/erasure-runs.ts';
import { raiseForEnd } from '../../shared/flow/raise-alerts.ts';
import { beginRun, type StartRunPorts, startRun } from '../../shared/flow/start-run.ts';
import { done, type Turn } from '../../shared/flow/turn.ts';
import type { Ids } from '../../shared/ports/world.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { digest } from '../../shared/runtime/system.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { dropped } from './answers.ts';
import { Audience, type Mapping, plainMapping } from './audience.ts';
import { type Engines, memoryEngines } from './engines.ts';
import { plainManners } from './manners.ts';
import { MemoryConfigStore } from './memory/configs.ts';
import { MemorySnapshotStore } from './memory/snapshots.ts';
import { MemoryCircuitStore, MemoryRunStore, MemoryStateStore } from './memory/stores.ts';
import { SimulatedPlatform } from './platform.ts';
import { SimulatedQueues } from './queue.ts';
import { Random } from './random.ts';
import { Recorded } from './recorded.ts';
import type { FaultScript, SyncScript } from './script.ts';
import { destinationOf, syncOf } from './settings.ts';
import type { Backup } from './trouble.ts';
import { type CallFault, callFaults, type Process, World } from './world.ts';

export class History {
  readonly random: Random;
  readonly world: World;
  readonly configs = new MemoryConfigStore();
  readonly runs = new MemoryRunStore();
  readonly circuits = new MemoryCircuitStore();
  readonly state = new MemoryStateStore();
  readonly logs = new MemoryStateStore();
  readonly snapshots = new MemorySnapshotStore();
  readonly platform: SimulatedPlatform;
  readonly queues: SimulatedQueues;
  readonly audiences = new Map<string, Audience>();
  /** By sync, as last edited. */
  readonly mappings = new Map<string, Mapping>();
  readonly alerts: Alert[] = [];
  /** Epochs of each sync's resets. */
  readonly resets = new Map<string, number[]>();
  /** Syncs that took over a file which may not say all that the platform holds: it is known once all is sent again. */
  readonly partlyAdopted = new Set<string>();
  /** Sync and key of whom a file to adopt named. */
  readonly adopted = new Set<string>();
  /** Whom each erasure names. */
  readonly erasures = new Map<string, string>();
  readonly recorded: Recorded;
  /** Objects that somebody wrote who had been given up: what they named they name again. */
  readonly lateWrites = new Set<string>();
  /** Runs of which an object was taken away, cut or altered. */
  readonly damaged = new Set<string>();
  /** Objects that were taken away, cut or altered. */
  readonly takenAway = new Set<string>();
  /** Syncs of whose mirror an object was. */
  readonly lostMirrors = new Set<string>();
  /** Syncs whose table was lost, or set back to a backup. */
  readonly wentBack = new Set<string>();
  readonly backups: Backup[] = [];
  hasJumped = false;
  /** What each run goes by, whatever became of it since. */
  readonly pinned = new Map<string, Uint8Array>();
  /** Promises broken on the way. */
  readonly broken: string[] = [];
  /** When the faults stopped for good; undefined: not yet. */
  calmFrom: number | undefined;
  readonly #failures: CircuitPorts['failures'] = new Map();
  /** All senders are one warm one. */
  readonly #warm = new WarmMemory();
  readonly #forbidden: ForbiddenInRow = new Map();
  readonly #retryFailed = new Map<string, boolean>();
  /** By sync, as it was added. */
  readonly #scripts = new Map<string, SyncScript>();
  readonly engines: Engines;
  #ids = 0;

  constructor(seed: number, engines: Engines = memoryEngines) {
    this.engines = engines;
    this.random = new Random(seed);
    this.world = new World(this.random);
    this.platform = new SimulatedPlatform(this.world);
    this.recorded = new Recorded(this.world, this.runs);
    for (const store of [this.state, this.logs])
      store.onWrite = (key, body, from) => this.#note(key, body, from);
    this.queues = new SimulatedQueues(this.world, {
      plan: async (process, body) => {
        await planRun(this.#planPorts(process), body, this.#turn(process));
        return done;
      },
      send: (process, body) => sendChunk(this.#sendPorts(process), body, this.#turn(process)),
      close: (process, body) => closeRun(this.#closePorts(process), body, this.#turn(process)),
    });
  }

  #note(key: string, body: Uint8Array, from: string | undefined): void {
    this.recorded.note(key, body);
    if (key.endsWith('/config.json')) this.pinned.set(key, body);
    if (this.world.actor?.alive === false || (from && this.lateWrites.has(from)))
      this.lateWrites.add(key);
    else this.lateWrites.delete(key);
  }

  /** Starts a function as the scheduler would: nobody waits for it. */
  trigger(sync: string, trigger: Trigger = 'schedule'): void {
    const process = this.world.process('start-run', functions['start-run'].timeoutSeconds * 1000);
    startRun(this.#startRunPorts(process), { sync, trigger, task: usualTask }).catch(() => {});
  }

  /** Starts a run by hand. */
  start(sync: string, task: RunTask): void {
    const process = this.world.process('api', 30_000);
    startRun(this.#startRunPorts(process), { sync, trigger: 'manual', task }).catch(() => {});
  }

  /** Asks for the erasure of a member. */
  erase(id: string, key: string, evenIfInSnapshot: boolean): void {
    const process = this.world.process('api', 30_000);
    const ports = this.#startRunPorts(process);
    const ids = {
      next: () => {
        const next = this.#newIds.next();
        this.erasures.set(next, key);
        return next;
      },
    };
    const ask = async () => {
      const sync = await ports.configs.getSync(id);
      if (sync) await requestErasure({ ...ports, ids }, sync, { keys: [[key]], evenIfInSnapshot });
    };
    ask().catch(() => {});
  }

  /** Cancels whatever run of the sync is open. */
  cancel(sync: string): void {
    const process = this.world.process('api', 30_000);
    const run = this.runs.states.get(sync)?.openRun?.run;
    if (run) cancelRun(this.#common(process), sync, run).catch(() => {});
  }

  /** Approves the run that the sync's snapshot is held for; `oldest`: the first that was ever held. */
  approve(sync: string, oldest = false): void {
    const process = this.world.process('api', 30_000);
    const ports = this.#startRunPorts(process);
    const run = oldest ? this.#firstHeld(sync) : this.runs.states.get(sync)?.setAside?.run;
    if (run === undefined) return;
    this.world.count('run-approved');
    approveRun({ ...ports, open: (open) => beginRun(ports, open) }, sync, run).catch(() => {});
  }

  #firstHeld(sync: string): string | undefined {
    return [...this.runs.runs.values()].find((run) => run.sync === sync && run.result?.setAside)
      ?.id;
  }

  /** Turns down what the sync's snapshot is held for. */
  turnDown(sync: string): void {
    const process = this.world.process('api', 30_000);
    const run = this.runs.states.get(sync)?.setAside?.run;
    if (run === undefined) return;
    this.world.count('run-turned-down');
    cancelRun(this.#common(process), sync, run).catch(() => {});
  }

  sweep(): void {
    const process = this.world.process('sweep', functions.sweep.timeoutSeconds * 1000);
    const { alerts } = this.#telling(process);
    const deadLetters = this.world.gated(process, 'letters', this.queues.deadLetters);
    const ports = { ...this.#startRunPorts(process), alerts, deadLetters, nextTimes };
    settleDeadLetters(ports, this.#turn(process))
      .catch(() => {})
      .then(() => sweep(ports))
      .catch(() => {})
      .then(() => continueErasures(ports))
      .catch(() => {})
      .then(() => raiseStale(ports))
      .catch(() => {})
      .then(() => raiseWaiting(ports))
      .catch(() => {});
  }

  /** Looks at every sync, whenever it did so last. */
  tidy(): void {
    const process = this.world.process('tidy', functions.tidy.timeoutSeconds * 1000);
    tidy(this.#tidyPorts(process), this.#turn(process), 0).catch(() => {});
  }

  /** Sweeps on schedule until no run is open, or the virtual time is up. */
  async settle(hours: number): Promise<void> {
    const until = this.world.now() + hours * 3_600_000;
    while (this.#isAnyOpen() && this.world.now() < until) {
      await this.world.run(this.world.now() + sweepMinutes * 60_000);
      this.sweep();
    }
    // Late messages come to nothing.
    await this.world.run(this.world.now() + 12 * 3_600_000);
  }

  #isAnyOpen(): boolean {
    if ([...this.state.objects.keys()].some((key) => key.startsWith(openErasures))) return true;
    const isHeld = [...this.runs.states.values()].some(({ openRun }) => openRun);
    return (
      isHeld ||
      this.queues.deadLetters.length > 0 ||
      [...this.runs.runs.values()].some(({ phase }) => phase !== 'closed')
    );
  }

  async addSync(sync: SyncScript): Promise<void> {
    await this.configs.putDestination(destinationOf(sync));
    this.#scripts.set(sync.id, sync);
    this.platform.manners.set(`audience-${sync.id}`, sync.manners ?? plainManners);
    this.save(sync.id, plainMapping, sync.retryFailed);
    const audience = new Audience(sync.id, this.random, this.snapshots, sync.isByEmail);
    this.audiences.set(sync.id, audience);
  }

  /** Saves the sync with this mapping. */
  save(id: string, mapping: Mapping, retryFailed = this.#retryFailed.get(id) ?? true): void {
    this.mappings.set(id, mapping);
    this.#retryFailed.set(id, retryFailed);
    this.configs
      .putSync(syncOf({ ...this.#scripts.get(id), id, retryFailed }, mapping))
      .catch(() => {});
  }

  retries(id: string): boolean {
    return this.#retryFailed.get(id) ?? true;
  }

  switchFaultsOn(faults: FaultScript): void {
    this.world.faults = ({ port }) =>
      this.random.chance(faults.calls) ? this.#faultFor(port) : undefined;
    this.queues.faults.duplicate = faults.duplicate;
    this.queues.faults.delay = faults.delay;
    this.queues.faults.maxReceives = faults.maxReceives;
    this.platform.faultShare = faults.platform;
  }

  switchFaultsOff(): void {
    this.switchFaultsOn({ calls: 0, duplicate: 0, delay: 0, platform: 0 });
    this.platform.lockedOut = false;
  }

  #faultFor(port: string): CallFault {
    const fault = this.random.pick(callFaults);
    // The sender never throws: its faults are the platform's. A lost alert is in the log, and nowhere else.
    const isSafe = port.startsWith('sender') || port.startsWith('alerts');
    return isSafe && fault.startsWith('error') ? 'crash-after' : fault;
  }

  #turn(process: Process): Turn {
    return { id: process.id, remainingMs: () => process.killAt - this.world.now() };
  }

  readonly #newIds: Ids = { next: () => `run${String(++this.#ids).padStart(6, '0')}` };

  readonly #tools = { records: recordTools, targets: { allowLoopbackHttp: false } };

  #common(process: Process) {
    const { world } = this;
    return {
      runs: world.gated(process, 'runs', this.runs),
      state: world.gated(process, 'state', this.state),
      queue: world.gated(process, 'queue', this.queues),
      clock: world.clockOf(process),
      ended: (run: Run, result: RunResult) => this.#raise(process, run, result),
    };
  }

  /** As the wiring has it: a failure to tell keeps no run from ending. What is read for it never fails here. */
  async #raise(process: Process, run: Run, result: RunResult): Promise<void> {
    const { runs, configs } = this;
    await raiseForEnd({ runs, configs, ...this.#telling(process) }, run, result);
  }

  #telling(process: Process) {
    const raise = async (alert: Alert) => void this.alerts.push(alert);
    return { alerts: this.world.gated(process, 'alerts', { raise }) };
  }

  #startRunPorts(process: Process): StartRunPorts {
    return {
      ...this.#common(process),
      configs: this.world.gated(process, 'configs', this.configs),
      snapshots: this.world.gated(process, 'snapshots', this.snapshots),
      ids: this.#newIds,
      digest,
    };
  }

  #planPorts(process: Process) {
    return {
      ...this.#common(process),
      engine: this.engines.plan(this, process),
      tools: this.#tools,
      digest,
      // Small enough that a few members make several chunks on several lanes; later ones are larger.
      chunkSize: (batchSize: number, number: number) => batchSize * (number < 4 ? 2 : 5),
      // Another thread takes its own time.
      gzip: async (text: Uint8Array) => gzipSync(text, { level: 1 }),
    };
  }

  #sendPorts(process: Process) {
    return {
      ...this.#common(process),
      senderOf: () => this.world.gated(process, 'sender', this.platform.sender(), () => dropped),
      circuits: this.world.gated(process, 'circuits', this.circuits),
      failures: this.#failures,
      warm: this.#warm,
      forbidden: this.#forbidden,
      tools: this.#tools,
      random: () => this.random.next(),
    };
  }

  #tidyPorts(process: Process): TidyPorts {
    return {
      ...this.#common(process),
      configs: this.world.gated(process, 'configs', this.configs),
      logs: this.world.gated(process, 'logs', this.logs),
    };
  }

  #closePorts(process: Process) {
    return {
      ...this.#common(process),
      logs: this.world.gated(process, 'logs', this.logs),
      engine: this.engines.fold(this, process),
      scrubber: this.engines.scrub(this, process),
      randomKey: () => new Uint8Array(32).fill(this.random.between(0, 255)),
    };
  }
}
