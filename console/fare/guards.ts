/** Guards as numbers: what the run would do, what is allowed, what is usual. */
import type { Run, Sync } from '../api/schema.d.ts';
import { exact, share } from '../words/numbers.ts';
import { say } from '../words/text.ts';
import { allOf, totals } from './counts.ts';

export interface GuardLine {
  readonly code: string;
  readonly what: string;
  readonly would: string;
  readonly allowed: string;
  readonly usual: string;
  readonly isTripped: boolean;
}

const usualOf = 10;

export function guardLines(run: Run, sync: Sync, runs: readonly Run[]): GuardLine[] {
  const { counts, error } = run;
  if (!counts) return [];
  const { before } = counts.mirror;
  const removed = allOf(counts.delete);
  const { changes } = totals(counts);
  const past = runs
    .filter(({ id, status }) => id < run.id && (status === 'succeeded' || status === 'partial'))
    .slice(0, usualOf);
  const usual = (of: (counts: NonNullable<Run['counts']>) => number) => {
    const values = past.flatMap((each) => (each.counts ? [of(each.counts)] : [])).sort(ascending);
    const middle = values[Math.floor(values.length / 2)];
    return middle === undefined ? '—' : exact(middle);
  };
  const { deletesShare, changesShare, invalidShare, minimumRows } = sync.guards;
  const line = (code: string, would: string, allowed: string, often: string): GuardLine => ({
    code,
    what: say(`guard.${code}` as 'guard.guard-deletes'),
    would,
    allowed,
    usual: often,
    isTripped: error?.code === code,
  });
  const of = (part: number, whole: number) => `${exact(part)} (${share(part, whole)})`;
  return [
    line(
      'guard-deletes',
      of(removed, before),
      share(deletesShare, 1),
      usual((each) => allOf(each.delete)),
    ),
    ...(changesShare === undefined
      ? []
      : [
          line(
            'guard-changes',
            of(changes, before),
            share(changesShare, 1),
            usual((each) => totals(each).changes),
          ),
        ]),
    ...(invalidShare === undefined
      ? []
      : [
          line(
            'guard-invalid',
            of(counts.snapshot.invalid, counts.snapshot.rows),
            share(invalidShare, 1),
            usual((each) => each.snapshot.invalid),
          ),
        ]),
    ...(minimumRows === undefined
      ? []
      : [
          line(
            'guard-minimum-rows',
            exact(counts.snapshot.rows),
            say('guard.atLeast', { n: minimumRows }),
            usual((each) => each.snapshot.rows),
          ),
        ]),
  ];
}

const ascending = (one: number, other: number) => one - other;
