/** What a person at a terminal is shown of a run. */
import { outcomes, type Run } from '../shared/contracts/run.ts';
import type { ByOutcome } from '../shared/domain/counts.ts';
import { total } from '../shared/domain/counts.ts';
import type { RunProgress } from './mirror.ts';

const width = 24;
const order = ['starting', 'planning', 'deleting', 'upserting', 'closing', 'closed'];

/** One line that moves where the output is a terminal; a line a phase where it is not. */
export class ProgressBar {
  readonly #out: NodeJS.WriteStream;
  #last = '';

  constructor(out: NodeJS.WriteStream = process.stdout) {
    this.#out = out;
  }

  show({ run, settled, chunks }: RunProgress): void {
    const share = chunks > 0 ? settled / chunks : 0;
    const done = Math.min(1, (order.indexOf(run.phase) + share) / (order.length - 1));
    const full = Math.round(done * width);
    const bar = '█'.repeat(full) + '░'.repeat(width - full);
    const detail = chunks > 0 ? ` ${settled}/${chunks} chunks` : '';
    const text = `  ${bar} ${run.phase}${detail}`;
    if (this.#out.isTTY) this.#out.write(`\r\u001b[2K${text}`);
    else if (run.phase !== this.#last) this.#out.write(`${text}\n`);
    this.#last = run.phase;
  }

  end(): void {
    if (this.#out.isTTY) this.#out.write('\r\u001b[2K');
    this.#last = '';
  }
}

const number = (value: number) => value.toLocaleString('en-US');

/** How a run ended, and its account. */
export function describeRun(run: Run): string {
  const lines = [
    `  ${run.status} in ${(((run.closedAt ?? 0) - run.startedAt) / 1000).toFixed(1)} s`,
  ];
  const { counts, error, reasons = [] } = run.result ?? {};
  if (error) lines.push(`  ${error.code}: ${error.message}`);
  if (counts) {
    const { snapshot, mirror } = counts;
    lines.push(
      `  snapshot  ${number(snapshot.rows)} rows: ${number(snapshot.members)} members, ${number(snapshot.invalid)} invalid, ${number(snapshot.duplicate)} duplicate`,
      `  changes   ${action('insert', counts.insert)}, ${action('update', counts.update)}, ${action('delete', counts.delete)}${total(counts.reinsert) > 0 ? `, ${action('reinsert', counts.reinsert)}` : ''}, ${number(counts.unchanged)} unchanged`,
      `  mirror    ${number(mirror.before)} members before, ${number(mirror.after)} after, ${number(mirror.uncertain)} uncertain`,
    );
  }
  for (const { count, code, reason } of reasons)
    lines.push(`  ${number(count)} × ${code}: ${reason}`);
  return lines.join('\n');
}

function action(name: string, by: ByOutcome): string {
  const failed = outcomes
    .filter((outcome) => outcome !== 'delivered' && by[outcome] > 0)
    .map((outcome) => `${number(by[outcome])} ${outcome}`);
  return `${number(total(by))} ${name}s${failed.length > 0 ? ` (${failed.join(', ')})` : ''}`;
}
