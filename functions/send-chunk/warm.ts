/**
 * What a sender that is used again and again remembers: what a run goes by, which never changes; and for a moment how
 * runs and circuits stood. Nothing hangs on the moment: whoever ends a run waits for the chunks in somebody's hands,
 * and a sender at work looks again by itself.
 */
import type { Circuit } from '../../shared/contracts/circuit.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { CircuitStore, RunStore } from '../../shared/ports/runs.ts';
import type { Clock } from '../../shared/ports/world.ts';

/** Shorter than a sender's own heartbeat. */
const momentMs = 2_000;
/** Runs and destinations remembered at once. */
const most = 16;

interface Seen<T> {
  readonly at: number;
  readonly value: T;
}

export class WarmMemory {
  readonly configs = new Map<string, RunConfig>();
  readonly runs = new Map<string, Seen<Run | undefined>>();
  readonly circuits = new Map<string, Seen<Circuit | undefined>>();
}

export interface WarmPorts {
  readonly warm: WarmMemory;
  readonly state: StateStore;
  readonly runs: Pick<RunStore, 'getRun'>;
  readonly clock: Pick<Clock, 'now'>;
}

function remember<T>(memory: Map<string, T>, name: string, value: T): T {
  memory.delete(name);
  const [oldest] = memory.keys();
  if (memory.size >= most && oldest !== undefined) memory.delete(oldest);
  memory.set(name, value);
  return value;
}

const nameOf = ({ sync, id }: Pick<Run, 'sync' | 'id'>) => `${sync}/${id}`;

/** What the run goes by. */
export async function configOf(
  { warm, state }: Pick<WarmPorts, 'warm' | 'state'>,
  run: Pick<Run, 'sync' | 'id'>,
): Promise<RunConfig> {
  const name = nameOf(run);
  return warm.configs.get(name) ?? remember(warm.configs, name, await readConfig(state, run));
}

/** The run as it is now. */
export async function runNow(
  { warm, runs, clock }: Pick<WarmPorts, 'warm' | 'runs' | 'clock'>,
  { sync, id }: Pick<Run, 'sync' | 'id'>,
): Promise<Run | undefined> {
  const value = await runs.getRun(sync, id);
  return remember(warm.runs, nameOf({ sync, id }), { at: clock.now(), value }).value;
}

/** The run as it is, or was a moment ago. */
export async function runOfLate(
  ports: Pick<WarmPorts, 'warm' | 'runs' | 'clock'>,
  run: Pick<Run, 'sync' | 'id'>,
): Promise<Run | undefined> {
  const seen = ports.warm.runs.get(nameOf(run));
  const isFresh = seen && Math.abs(ports.clock.now() - seen.at) < momentMs;
  return isFresh ? seen.value : await runNow(ports, run);
}

/** Circuits as they are, or were a moment ago. */
export function circuitsOfLate(
  circuits: CircuitStore,
  { warm, clock }: Pick<WarmPorts, 'warm' | 'clock'>,
): CircuitStore {
  return {
    async get(destination) {
      const seen = warm.circuits.get(destination);
      // Only a closed one is believed: an open one may be closed by now, and somebody waits for that.
      if (seen && !seen.value && Math.abs(clock.now() - seen.at) < momentMs) return seen.value;
      const value = await circuits.get(destination);
      return remember(warm.circuits, destination, { at: clock.now(), value }).value;
    },
    async swap(destination, was, next) {
      warm.circuits.delete(destination);
      return await circuits.swap(destination, was, next);
    },
  };
}
