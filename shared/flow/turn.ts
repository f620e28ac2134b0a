/** A turn: one invocation of a function, with the time it has. */

import type { Accepted } from '../contracts/chunk.ts';
import type { Claim } from '../contracts/claim.ts';
import { claimMarginMs } from '../contracts/wiring.ts';
import type { Clock } from '../ports/world.ts';

export interface Turn {
  /** Unlike any other turn's. */
  readonly id: string;
  /** Milliseconds until the function is killed. */
  remainingMs(): number;
}

/** What a turn takes it keeps until it surely cannot run any more. */
export const claimFor = (turn: Turn, clock: Clock): Claim => ({
  by: turn.id,
  until: clock.now() + turn.remainingMs() + claimMarginMs,
});

/** What a queue message met: settled, or to come back after a wait that is no failure. */
export type Progress =
  | {
      readonly done: true;
      /** Of a chunk: what the platform accepted, and has not yet said what became of it. */
      readonly accepted?: Accepted;
    }
  | {
      readonly done: false;
      readonly againInMs: number;
      /** Nobody waits behind it: it need not come back before. */
      readonly isAlone?: true;
    };

export const done: Progress = { done: true };
export const again = (inMs: number): Progress => ({ done: false, againInMs: Math.max(0, inMs) });

/** As `again`, of a message that has its lane to itself. */
export const alone = (inMs: number): Progress => ({
  done: false,
  againInMs: Math.max(0, inMs),
  isAlone: true,
});
