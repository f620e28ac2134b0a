/** How a sync fares, as a person asks it: its state, how old the data is, who fails, and what happens next. */
import type { Sync } from '../api/schema.d.ts';
import { type Bar, barsOfRecent } from './history.ts';
import states from './states.json' with { type: 'json' };

export type State = Sync['status']['state'];

/** From what needs a person most, as the API's document has them. */
const rankOf = (state: State): number => states.indexOf(state);

export const needsPerson = (state: State): boolean => rankOf(state) < rankOf('new');

export interface Fare {
  readonly sync: Sync;
  readonly state: State;
  /** When the snapshot was written that the platform is as of; undefined: nothing was mirrored yet. */
  readonly dataFrom: number | undefined;
  /** Members of whom the platform may have something else; undefined: no run yet. */
  readonly failing: number | undefined;
  readonly next: number | undefined;
  /** What its last runs did, oldest first. */
  readonly recent: readonly Bar[];
}

export function fareOf(sync: Sync): Fare {
  const { status } = sync;
  return {
    sync,
    state: status.state,
    dataFrom: momentOf(status.data.mirroredAt),
    failing: failingOf(status),
    next: momentOf(status.nextRuns[0]),
    recent: barsOfRecent(status.recent),
  };
}

const momentOf = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Date.parse(text);

function failingOf({ failing, lastRun }: Sync['status']): number | undefined {
  if (failing) return failing.refused + failing.uncertain + failing.unsent + failing.invalid;
  return lastRun === undefined ? undefined : 0;
}

/** By what needs a person, then by name. */
export function byNeed(one: Fare, other: Fare): number {
  const rank = rankOf(one.state) - rankOf(other.state);
  return rank === 0 ? collator.compare(one.sync.name, other.sync.name) : rank;
}

export const collator: Intl.Collator = new Intl.Collator('en', { numeric: true });
