/** A lane's turn at one chunk: its pace, the destination's circuit, and the pulse by which it notices its end. */

import type { Trouble } from '../../shared/contracts/circuit.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Clock } from '../../shared/ports/world.ts';
import type { Circuit } from './circuit.ts';

export interface LaneSettings {
  readonly clock: Clock;
  readonly turn: Turn;
  readonly circuit: Circuit;
  /** Between two requests of the lane. */
  readonly intervalMs: number;
  /** Whole time one request may take. */
  readonly timeoutMs: number;
  /** Is the run still in this chunk's phase? */
  readonly mayGoOn: () => Promise<boolean>;
  /** Stores the account as it is. */
  readonly store: () => Promise<void>;
}

/** Why the turn ends before its chunk. */
export type LaneEnd =
  /** To be gone on with after this long; `fault`: what the platform did that makes it wait. */
  | { readonly kind: 'wait'; readonly milliseconds: number; readonly fault?: Fault | Trouble }
  /** The run left the phase. */
  | { readonly kind: 'ended' };

/** Longer waits are spent outside the function. */
const longestSleepMs = 5_000;
/** Between two looks at the run, and between two stores of the account. */
const heartbeatMs = 5_000;
/** What storing and letting go may take at the end of a turn. */
const reserveMs = 10_000;

export class Lane {
  readonly #settings: LaneSettings;
  #nextAt: number;
  #pulseAt: number;
  #isOpen = false;

  constructor(settings: LaneSettings) {
    this.#settings = settings;
    const now = settings.clock.now();
    // The lane's last request may have been sent just now, by the turn before.
    this.#nextAt = now + settings.intervalMs;
    this.#pulseAt = now + heartbeatMs;
  }

  /** Waits until the lane may send; a value ends the turn. */
  async beforeSending(): Promise<LaneEnd | undefined> {
    const { clock, circuit, intervalMs, timeoutMs, turn } = this.#settings;
    if (!this.#isOpen) await circuit.look();
    this.#isOpen = true;
    const paused = await circuit.permit();
    const { trouble } = circuit;
    if (paused > 0)
      return { kind: 'wait', milliseconds: paused, ...(trouble && { fault: trouble }) };
    const wait = Math.max(0, this.#nextAt - clock.now());
    if (turn.remainingMs() < wait + timeoutMs + reserveMs) return { kind: 'wait', milliseconds: 0 };
    if (wait > 0) await clock.sleep(wait);
    const ended = await this.#pulse();
    this.#nextAt = clock.now() + intervalMs;
    return ended;
  }

  /** Before the next try of a request; a value ends the turn. */
  async beforeRetry(milliseconds: number, fault: Fault): Promise<LaneEnd | undefined> {
    if (milliseconds > longestSleepMs) return { kind: 'wait', milliseconds, fault };
    await this.#settings.clock.sleep(milliseconds);
    return undefined;
  }

  async #pulse(): Promise<LaneEnd | undefined> {
    const { clock, circuit, mayGoOn, store } = this.#settings;
    const now = clock.now();
    if (now < this.#pulseAt) return undefined;
    this.#pulseAt = now + heartbeatMs;
    await store();
    await circuit.look();
    return (await mayGoOn()) ? undefined : { kind: 'ended' };
  }
}
