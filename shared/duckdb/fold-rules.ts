/** The domain's transitions as SQL: a table to look them up in, so that no rule is written twice. */
import {
  adopted,
  combinations,
  type MirrorStanding,
  type NextEntry,
  transitions,
} from '../domain/plan/mirror.ts';
import { literal } from './sql.ts';

type Rule = Omit<NextEntry, 'previous'> & { readonly previous: NextEntry['previous'] | 'same' };

const text = (value: string | undefined) => (value === undefined ? 'NULL' : literal(value));
const bool = (value: boolean | undefined) => (value === undefined ? 'NULL' : String(value));

/**
 * Table `rule`: what becomes of an entry with `state` and `parked` (none: '' and false) when a change with
 * `action` met `outcome`. `next_record` is NULL where the key leaves the mirror.
 */
export function createRules(retryFailed: boolean): string {
  const all = transitions(retryFailed);
  const standings = all.flatMap(({ before }) => (before ? [before] : []));
  const rows = [
    ...all.map(({ action, before, outcome, after }) => values(action, before, outcome, after)),
    // A refresh sends nothing: the entry takes the record and stands as it stood.
    ...standings.map((before) =>
      values('refresh', before, 'refresh', { ...before, record: 'new', previous: 'same' }),
    ),
    values('adopt', undefined, 'adopt', adopted),
  ];
  return `CREATE TABLE rule AS SELECT DISTINCT * FROM (VALUES ${rows.join(', ')})
    AS each(action, state, parked, outcome, next_record, next_state, next_parked, next_previous)`;
}

const values = (
  action: string,
  before: MirrorStanding | undefined,
  outcome: string,
  after: Rule | undefined,
) =>
  `(${[
    literal(action),
    literal(before?.state ?? ''),
    bool(before?.parked ?? false),
    literal(outcome),
    text(after?.record),
    text(after?.state),
    bool(after?.parked),
    text(after?.previous),
  ].join(', ')})`;

/** Table `combination`: the outcome of a change whose line met `own` (or `held`), and its removals these. */
export const createCombinations = `
  CREATE TABLE combination AS FROM (VALUES ${combinations()
    .map(({ action, own = 'held', removals, outcome }) => {
      const row = [action, own, removals.join(','), outcome];
      return `(${row.map(literal).join(', ')})`;
    })
    .join(', ')}) AS each(action, own, removals, outcome)`;

/** The list in order, each record once, without the entry's own: `nextPrevious` of the domain. */
const others = (records: string) =>
  `list_filter(${records}, lambda each, place: each <> next.record AND list_position(${records}, each) = place)`;

const grown = 'list_append(coalesce(next.previous, []::VARCHAR[]), next.old_record)';

/** The previous records of the row `next`. */
export const nextPrevious = `CASE next.next_previous
  WHEN 'same' THEN next.previous
  WHEN 'keep' THEN CASE WHEN len(next.previous) = 0 THEN next.previous ELSE ${others('next.previous')} END
  WHEN 'add' THEN CASE WHEN next.old_record IS NULL THEN [] ELSE ${others(grown)} END
  ELSE [] END`;
