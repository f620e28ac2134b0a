/**
 * The circuit of a destination: after so many requests in a row without an answer or with 5xx, all its lanes stop
 * sending. One of them sends a single probe when the pause is over; an answer lets everybody go on, none makes the
 * next pause longer. What waits is not failing: no request of a paused destination uses up its tries.
 *
 * A pause holds for the destination as it was called, and for the run that met it: once someone has changed the
 * destination or cancelled that run, the next one probes at once.
 */
import type { Circuit as CircuitState, Trouble } from '../../shared/contracts/circuit.ts';
import { leftMs } from '../../shared/domain/words/clock.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { CircuitStore, Runs } from '../../shared/ports/runs.ts';
import type { Clock } from '../../shared/ports/world.ts';

const firstPauseMs = 30_000;
const longestPauseMs = 1_800_000;
/** What a probe may take above the request's own time. */
const probeReserveMs = 10_000;

/** Pauses of 30 seconds, then twice as long each, up to half an hour. */
export const pauseMs = (probes: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** probes);

export interface CircuitPorts {
  readonly circuits: CircuitStore;
  readonly runs: Pick<Runs, 'getRun'>;
  readonly clock: Clock;
  /** Failures in a row by destination: they outlive a turn in a warm function. */
  readonly failures: Map<string, { readonly inRow: number; readonly since: number }>;
}

export interface CircuitUse {
  readonly destination: {
    readonly id: string;
    readonly version: number;
    readonly circuitAfter: number;
  };
  /** Whose requests these are. */
  readonly by: CircuitState['by'];
  readonly timeoutMs: number;
}

export class Circuit {
  readonly #ports: CircuitPorts;
  readonly #use: CircuitUse;
  #state: CircuitState | undefined;
  #isProbing = false;

  constructor(ports: CircuitPorts, use: CircuitUse) {
    this.#ports = ports;
    this.#use = use;
  }

  /** Why sending is paused; undefined where it is not. */
  get trouble(): Trouble | undefined {
    return this.#state?.trouble;
  }

  /** Looks at what other senders found. */
  async look(): Promise<void> {
    if (!this.#isProbing) this.#state = await this.#ports.circuits.get(this.#use.destination.id);
  }

  /** Milliseconds to wait before the next request; 0: it may go, and if the circuit is open, as its probe. */
  async permit(): Promise<number> {
    const state = this.#state;
    if (!state || this.#isProbing) return 0;
    const now = this.#ports.clock.now();
    const left = this.#leftMs(state, now);
    if (left > 0 && (await this.#holds(state))) return left;
    const { destination, by, timeoutMs } = this.#use;
    const openUntil = now + timeoutMs + probeReserveMs;
    const probing = { ...state, openUntil, by, version: destination.version };
    this.#isProbing = await this.#ports.circuits.swap(destination.id, state, probing);
    if (this.#isProbing) {
      this.#state = probing;
      return 0;
    }
    await this.look();
    return this.#state ? Math.max(1_000, this.#leftMs(this.#state, now)) : 0;
  }

  /** A pause that seems longer than any was written by a clock that was ahead: it is over. */
  #leftMs({ openUntil }: CircuitState, now: number): number {
    return leftMs(openUntil, Math.max(longestPauseMs, this.#use.timeoutMs + probeReserveMs), now);
  }

  async #holds({ version, by }: CircuitState): Promise<boolean> {
    const { destination, by: own } = this.#use;
    if (version !== destination.version) return false;
    if (by.run === own.run) return true;
    const met = await this.#ports.runs.getRun(by.sync, by.run);
    return met?.status !== 'cancelled';
  }

  /** `fault`: why the platform is not there; undefined: it answered, and with less than 500. */
  async report(fault: Fault | undefined): Promise<void> {
    const { failures, clock } = this.#ports;
    const { destination } = this.#use;
    if (!fault) {
      failures.delete(destination.id);
      if (this.#isProbing) await this.#change(undefined);
      return;
    }
    if (this.#isProbing) {
      const since = this.#state?.trouble.since ?? clock.now();
      await this.#change(this.#paused((this.#state?.probes ?? 0) + 1, since, fault));
      return;
    }
    const before = failures.get(destination.id) ?? { inRow: 0, since: clock.now() };
    const inRow = before.inRow + 1;
    failures.set(destination.id, { ...before, inRow });
    if (inRow >= destination.circuitAfter) await this.#change(this.#paused(0, before.since, fault));
  }

  #paused(probes: number, since: number, { code, reason }: Fault): CircuitState {
    const { destination, by } = this.#use;
    const openUntil = this.#ports.clock.now() + pauseMs(probes);
    const trouble = { since, code, reason };
    return { openUntil, probes, trouble, version: destination.version, by };
  }

  async #change(next: CircuitState | undefined): Promise<void> {
    this.#isProbing = false;
    const { id } = this.#use.destination;
    this.#ports.failures.delete(id);
    const won = await this.#ports.circuits.swap(id, this.#state, next);
    this.#state = next;
    if (!won) await this.look();
  }
}
