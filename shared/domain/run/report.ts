/** What a person at a terminal is shown of a run. */

import { type Counts, outcomes } from '../../contracts/counts.ts';
import { type Run, RunPhase, type RunResult } from '../../contracts/run.ts';
import { type ByOutcome, total } from './counts.ts';

const width = 24;
const order = RunPhase.options;

/** How far a run is, as a line. */
export function progressLine(phase: RunPhase, settled: number, chunks: number): string {
  const share = chunks > 0 ? settled / chunks : 0;
  const done = Math.min(1, (order.indexOf(phase) + share) / (order.length - 1));
  const full = Math.round(done * width);
  const bar = '█'.repeat(full) + '░'.repeat(width - full);
  return `  ${bar} ${phase}${chunks > 0 ? ` ${settled}/${chunks} chunks` : ''}`;
}

export const number = (value: number): string => value.toLocaleString('en-US');

/** `1 member`, `2,000 members`. */
export const counted = (value: number, noun: string): string =>
  `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

/** What there is to say of a run that is over. */
export interface RunReport
  extends Pick<RunResult, 'error' | 'counts' | 'reasons' | 'warnings' | 'sent'> {
  readonly status: string;
  /** Milliseconds from its start to its end. */
  readonly took: number;
}

export const reportOf = ({ status, startedAt, closedAt, result }: Run): RunReport => ({
  ...result,
  status: status ?? 'open',
  took: (closedAt ?? startedAt) - startedAt,
});

/** How a run ended, and what it did. */
export function describeRun(report: RunReport): string {
  const { status, took, error, counts, sent, reasons = [], warnings = [] } = report;
  const lines = [`  ${status} in ${(took / 1000).toFixed(1)} s`];
  if (error) lines.push(`  ${error.code}: ${error.message}`);
  if (counts) {
    const { snapshot, mirror } = counts;
    lines.push(
      `  snapshot  ${counted(snapshot.rows, 'row')}: ${counted(snapshot.members, 'member')}, ${number(snapshot.invalid)} invalid, ${number(snapshot.duplicate)} duplicate`,
      `  changes   ${changesIn(counts)}`,
      `  mirror    ${counted(mirror.before, 'member')} before, ${number(mirror.after)} after, ${number(mirror.uncertain)} uncertain`,
    );
  }
  if (sent && sent.requests > 0) {
    const again = sent.retries > 0 ? `, ${number(sent.retries)} of them again` : '';
    lines.push(
      `  sent      ${counted(sent.requests, 'request')}${again}, ${counted(sent.bytes, 'byte')}`,
    );
  }
  for (const { count, code, reason } of [...reasons, ...warnings])
    lines.push(`  ${number(count)} × ${code}: ${reason}`);
  return lines.join('\n');
}

function changesIn(counts: Counts): string {
  const reinserts = total(counts.reinsert) > 0 ? [action('reinsert', counts.reinsert)] : [];
  return [
    action('insert', counts.insert),
    action('update', counts.update),
    action('delete', counts.delete),
    ...reinserts,
    `${number(counts.unchanged)} unchanged`,
  ].join(', ');
}

function action(name: string, by: ByOutcome): string {
  const failed = outcomes
    .filter((outcome) => outcome !== 'delivered' && by[outcome] > 0)
    .map((outcome) => `${number(by[outcome])} ${outcome}`);
  return `${counted(total(by), name)}${failed.length > 0 ? ` (${failed.join(', ')})` : ''}`;
}
