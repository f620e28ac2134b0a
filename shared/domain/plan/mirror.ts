/**
 * The mirror: our account of what the platform may hold. This file alone says how it changes; the engines look
 * the transitions up here, so that SQL and simulator cannot disagree with it.
 *
 * The rule behind every line: a record that may be at the platform is never forgotten, and only a 2xx makes a
 * key certain.
 */
import { type Outcome, outcomes } from '../../contracts/counts.ts';
import type { ChangeAction } from '../../contracts/plan.ts';

/**
 * - `certain`: the platform holds the record.
 * - `changed`: the platform holds the key, with the record or with one of the previous ones.
 * - `maybe`: the platform holds the key, or does not.
 */
export const mirrorStates = ['certain', 'changed', 'maybe'] as const;
export type MirrorState = (typeof mirrorStates)[number];

/** What the mirror holds for one key. */
export interface MirrorEntry {
  /** The record last sent, as JSON text. */
  readonly record: string;
  readonly state: MirrorState;
  /** Refused, and not to be tried again until the member's record changes. */
  readonly parked: boolean;
  /** Other records the platform may hold under this key, oldest first. */
  readonly previous: readonly string[];
  /** By which the platform itself knows the record; absent where that is not known. */
  readonly ids?: readonly string[];
}

/** What a transition looks at: the entry without its records; undefined where the mirror lacks the key. */
export type MirrorStanding = Pick<MirrorEntry, 'state' | 'parked'>;

/** What becomes of an entry: which record it has, and what happens to the previous ones. */
export interface NextEntry extends MirrorStanding {
  /** `new`: record and digest of the change. `old`: those of the entry. */
  readonly record: 'new' | 'old';
  /** `add`: the old record joins them. */
  readonly previous: 'keep' | 'add' | 'none';
}

/** What a standing becomes after a change met its outcome; undefined: the key leaves the mirror. */
export function transition(
  action: ChangeAction,
  before: MirrorStanding | undefined,
  outcome: Outcome,
  retryFailed: boolean,
): NextEntry | undefined {
  switch (outcome) {
    case 'unsent':
    case 'invalid':
      return before && { ...before, record: 'old', previous: 'keep' };
    case 'delivered':
      return action === 'delete'
        ? undefined
        : { record: 'new', state: 'certain', parked: false, previous: 'none' };
    case 'uncertain':
      return afterDoubt(action, before, false);
    case 'rejected':
      // A removal is never parked: someone who withdrew consent must not stay because one request was refused.
      return afterDoubt(action, before, !retryFailed && action !== 'delete');
  }
}

function afterDoubt(
  action: ChangeAction,
  before: MirrorStanding | undefined,
  parked: boolean,
): NextEntry | undefined {
  switch (action) {
    case 'insert':
      return { record: 'new', state: 'maybe', parked, previous: before ? 'add' : 'none' };
    case 'update':
      return { record: 'new', state: 'changed', parked, previous: 'add' };
    case 'delete':
      return before && { record: 'old', state: 'maybe', parked, previous: 'keep' };
  }
}

/** What adopting a key makes: the platform is known to hold the record. */
export const adopted: NextEntry = {
  record: 'new',
  state: 'certain',
  parked: false,
  previous: 'none',
};

/** The previous records after a transition. */
export function nextPrevious(
  entry: MirrorEntry,
  how: NextEntry['previous'],
  record: string,
): string[] {
  if (how === 'none') return [];
  const all = how === 'add' ? [...entry.previous, entry.record] : [...entry.previous];
  return [...new Set(all)].filter((each) => each !== record);
}

/**
 * The outcome of a change that several lines decide: its own (undefined: nothing was to be sent) and its removals.
 * An insert's refusal parks it only if all it leaves behind is gone, since a removal is never parked.
 */
export function combined(
  action: ChangeAction,
  own: Outcome | undefined,
  removals: ReadonlySet<Outcome>,
): Outcome {
  const all = new Set(own ? [own, ...removals] : removals);
  if ([...all].every((each) => each === 'unsent' || each === 'invalid'))
    return all.size === 0 ? 'delivered' : all.has('unsent') ? 'unsent' : 'invalid';
  const [only] = all;
  if (only && all.size === 1 && (only !== 'rejected' || action === 'delete')) return only;
  const areGone = [...removals].every((each) => each === 'delivered');
  return areGone && own === 'rejected' ? 'rejected' : 'uncertain';
}

export interface CombinationRow {
  readonly action: ChangeAction;
  readonly own: Outcome | undefined;
  /** In the order of their names. */
  readonly removals: readonly Outcome[];
  readonly outcome: Outcome;
}

/** All combinations: the table an engine joins changes and removals with. */
export function combinations(): CombinationRow[] {
  const actions: ChangeAction[] = ['insert', 'update', 'delete'];
  const names = outcomes.toSorted();
  const sets = Array.from({ length: 2 ** names.length }, (_, bits) =>
    names.filter((_name, at) => (bits >> at) % 2 === 1),
  );
  return actions.flatMap((action) =>
    [undefined, ...outcomes].flatMap((own) =>
      sets.map((removals) => ({
        action,
        own,
        removals,
        outcome: combined(action, own, new Set(removals)),
      })),
    ),
  );
}

export interface TransitionRow {
  readonly action: ChangeAction;
  /** Undefined: the mirror lacks the key. */
  readonly before: MirrorStanding | undefined;
  readonly outcome: Outcome;
  readonly after: NextEntry | undefined;
}

/** All transitions: the table an engine joins plan and outcomes with. */
export function transitions(retryFailed: boolean): TransitionRow[] {
  const standings: (MirrorStanding | undefined)[] = [
    undefined,
    ...mirrorStates.flatMap((state) => [true, false].map((parked) => ({ state, parked }))),
  ];
  const actions: ChangeAction[] = ['insert', 'update', 'delete'];
  return actions.flatMap((action) =>
    standings.flatMap((before) =>
      outcomes.map((outcome) => ({
        action,
        before,
        outcome,
        after: transition(action, before, outcome, retryFailed),
      })),
    ),
  );
}
