/** How a simulated platform deals with ids of its own. */
import type { Random } from './random.ts';

/** It removes and changes members by ids of its own, which it can be asked for. */
export interface IdManners {
  /** Its answers to inserts tell them, too. */
  readonly tells: boolean;
  /** Whom it was given it shows only after a while. */
  readonly isLate: boolean;
}

/** Until a late platform shows whom it was given. */
export const lateMs = 30_000;

/** Drawn apart, so that the other histories stay as they are. */
export const idMannersOf = (random: Random): IdManners | undefined =>
  random.chance(0.25) ? { tells: random.chance(0.5), isLate: random.chance(0.3) } : undefined;
