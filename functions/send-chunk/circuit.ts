/**
 * The circuit of a destination: after so many requests in a row without an answer or with 5xx, all its lanes stop
 * sending. One of them sends a single probe when the pause is over; an answer lets everybody go on, none makes the
 * next pause longer. What waits is not failing: no request of a paused destination uses up its tries.
 */

const firstPauseMs = 30_000;
const longestPauseMs = 1_800_000;
/** What a probe may take above the request's own time. */
const probeReserveMs = 10_000;

import type { Circuit as CircuitState } from '../../shared/contracts/circuit.ts';
import type { CircuitStore } from '../../shared/ports/runs.ts';
/** Pauses of 30 seconds, then twice as long each, up to half an hour. */
import type { Clock } from '../../shared/ports/world.ts';
export const pauseMs = (probes: number): number =>
  Math.min(longestPauseMs, firstPauseMs * 2 ** probes);

export interface CircuitPorts {
  readonly circuits: CircuitStore;
  readonly clock: Clock;
  /** Failures in a row by destination: they outlive a turn in a warm function. */
  readonly failures: Map<string, number>;
}

export class Circuit {
  readonly #ports: CircuitPorts;
  readonly #destination: string;
  readonly #after: number;
  readonly #timeoutMs: number;
  #state: CircuitState | undefined;
  #isProbing = false;

  constructor(
    ports: CircuitPorts,
    destination: { id: string; circuitAfter: number },
    timeoutMs: number,
  ) {
    this.#ports = ports;
    this.#destination = destination.id;
    this.#after = destination.circuitAfter;
    this.#timeoutMs = timeoutMs;
  }

  /** Looks at what other senders found. */
  async look(): Promise<void> {
    if (!this.#isProbing) this.#state = await this.#ports.circuits.get(this.#destination);
  }

  /** Milliseconds to wait before the next request; 0: it may go, and if the circuit is open, as its probe. */
  async permit(): Promise<number> {
    const state = this.#state;
    if (!state || this.#isProbing) return 0;
    const now = this.#ports.clock.now();
    if (now < state.openUntil) return state.openUntil - now;
    const probing = { ...state, openUntil: now + this.#timeoutMs + probeReserveMs };
    this.#isProbing = await this.#ports.circuits.swap(this.#destination, state, probing);
    if (this.#isProbing) {
      this.#state = probing;
      return 0;
    }
    await this.look();
    return this.#state ? Math.max(1_000, this.#state.openUntil - now) : 0;
  }

  /** `isAnswered`: the platform answered, and with less than 500. */
  async report(isAnswered: boolean): Promise<void> {
    const { failures } = this.#ports;
    if (isAnswered) {
      failures.delete(this.#destination);
      if (this.#isProbing) await this.#change(undefined);
      return;
    }
    if (this.#isProbing) {
      await this.#change(this.#paused((this.#state?.probes ?? 0) + 1));
      return;
    }
    const inRow = (failures.get(this.#destination) ?? 0) + 1;
    failures.set(this.#destination, inRow);
    if (inRow >= this.#after) await this.#change(this.#paused(0));
  }

  #paused(probes: number): CircuitState {
    return { openUntil: this.#ports.clock.now() + pauseMs(probes), probes };
  }

  async #change(next: CircuitState | undefined): Promise<void> {
    this.#isProbing = false;
    this.#ports.failures.delete(this.#destination);
    const won = await this.#ports.circuits.swap(this.#destination, this.#state, next);
    this.#state = next;
    if (!won) await this.look();
  }
}
