/** What a run's page says first: how it ended, in numbers that the page below explains. */
import type { Run, Sync } from '../api/schema.d.ts';
import { exact } from '../words/numbers.ts';
import { say, sayOf } from '../words/text.ts';
import { moment } from '../words/times.ts';
import { allOf, totals } from './counts.ts';
import { guardSentence } from './guards.ts';

const lists = new Intl.ListFormat('en', { type: 'conjunction' });

export function runVerdict(run: Run, sync: Sync | undefined, now: number): string {
  const { status, error, task, counts } = run;
  if (run.phase !== 'closed') return openVerdict(run);
  if (task.kind === 'dry-run' && status !== 'failed' && counts) return forecast(run);
  switch (status) {
    case 'succeeded':
      return succeeded(run);
    case 'unchanged':
      return say('runVerdict.unchanged', {
        data: run.snapshot ? moment(Date.parse(run.snapshot.writtenAt), now) : say('data.unknown'),
        platform: sync?.destination ?? say('data.platform'),
      });
    case 'partial':
      return partial(run);
    case 'failed':
      return say('runVerdict.failed', { error: error?.message ?? '' }).trim();
    case 'held':
      return say('syncVerdict.held', {
        error: guardSentence(run.guards) ?? error?.message ?? '',
      }).trim();
    case 'cancelled':
      return cancelled(run);
    default:
      return error?.message ?? sayOf('state', status ?? 'unreadable');
  }
}

function openVerdict({ phase, waiting, jobs, task }: Run): string {
  if (waiting) return say('runVerdict.waiting');
  if (jobs) return say('runVerdict.jobs', { n: jobs.open });
  return say('runVerdict.open', {
    what: sayOf('task', task.full ? 'full' : task.kind),
    phase: sayOf('doing', phase),
  });
}

function succeeded({ counts }: Run): string {
  const { changes, invalidRows } = totals(counts);
  const all =
    changes === 0 ? say('runVerdict.nothing') : say('runVerdict.delivered', { n: changes });
  return invalidRows === 0 ? all : `${all} ${say('runVerdict.invalidRows', { n: invalidRows })}`;
}

function partial({ counts }: Run): string {
  if (!counts) return say('state.partial');
  const { delivered, changes, invalidRows } = totals(counts);
  const sum = (outcome: 'rejected' | 'uncertain' | 'unsent' | 'invalid') =>
    counts.insert[outcome] +
    counts.reinsert[outcome] +
    counts.update[outcome] +
    counts.delete[outcome];
  const parts = (
    [
      ['runVerdict.rejected', sum('rejected')],
      ['runVerdict.uncertain', sum('uncertain')],
      ['runVerdict.unsent', sum('unsent')],
      ['runVerdict.invalid', sum('invalid')],
      ['runVerdict.rows', invalidRows],
    ] as const
  ).flatMap(([text, n]) => (n === 0 ? [] : [say(text, { n })]));
  return `${say('runVerdict.partial', { delivered, n: changes })} ${lists.format(parts)}.`;
}

function cancelled({ counts }: Run): string {
  const { delivered, changes } = totals(counts);
  return changes === 0
    ? say('runVerdict.cancelled')
    : say('runVerdict.cancelledAfter', { delivered, n: changes });
}

function forecast({ counts }: Run): string {
  if (!counts) return '';
  const values = {
    added: exact(allOf(counts.insert) + allOf(counts.reinsert)),
    updated: exact(allOf(counts.update)),
    removed: exact(allOf(counts.delete)),
  };
  return say('runVerdict.forecast', values);
}
