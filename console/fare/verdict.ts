/** What Home says first: who needs a person, and how the others are. */
import { say, type TextName } from '../words/text.ts';
import { type Fare, needsPerson, type State } from './fare.ts';

const lists = new Intl.ListFormat('en', { type: 'conjunction' });

/** In the order they are told. */
const clauses: readonly (readonly [State, TextName])[] = [
  ['equal', 'verdict.equal'],
  ['differs', 'verdict.differs'],
  ['new', 'verdict.new'],
  ['off', 'verdict.off'],
];

export function verdictOf(fares: readonly Fare[], unreadable: number): string {
  const all = fares.length + unreadable;
  if (all === 0) return say('verdict.none');
  const needy = fares.filter(({ state }) => needsPerson(state)).length + unreadable;
  if (fares.every(({ state }) => state === 'equal') && unreadable === 0) {
    return say('verdict.allEqual', { n: all, name: fares[0]?.sync.name ?? '' });
  }
  const others = clauses.flatMap(([state, text]) => {
    const n = fares.filter((each) => each.state === state).length;
    return n === 0 ? [] : [say(text, { n })];
  });
  const [only] = fares;
  if (all === 1 && needy === 1 && only) return say('verdict.oneNeeds', { name: only.sync.name });
  const first = needy === 0 ? [] : [say('verdict.needed', { n: needy, all: String(all) })];
  const rest = others.length === 0 ? [] : [`${lists.format(others)}.`];
  return [...first, ...rest].join(' ');
}

/** The sync whose data is the oldest of those that run. */
export function oldestData(fares: readonly Fare[]): Fare | undefined {
  const told = fares.filter(({ dataFrom, state }) => dataFrom !== undefined && state !== 'off');
  return told.toSorted((one, other) => (one.dataFrom ?? 0) - (other.dataFrom ?? 0))[0];
}
