/** A record of the sync log as a line for a person. */
import type { RecordView } from './api/records.ts';
import { type Style, type Terminal, visible } from './terminal.ts';

const styles: Readonly<Record<RecordView['outcome'], Style>> = {
  delivered: 'green',
  rejected: 'red',
  uncertain: 'yellow',
  unsent: 'dim',
  invalid: 'red',
};

export function recordLine({ style }: Pick<Terminal, 'style'>, record: RecordView): string {
  const { key, action, outcome, code, reason, rows, file } = record;
  const who =
    key ?? `${rows} row${rows === 1 ? '' : 's'} without a key${file ? ` in ${file}` : ''}`;
  const what = action === 'none' ? '' : `${action} `;
  const why = [code, reason].filter((part) => part).join(': ');
  return `${style(styles[outcome], outcome.padEnd(9))} ${what}${visible(who).replace(/[\n\t]/g, ' ')}${why ? `  ${why}` : ''}`;
}
