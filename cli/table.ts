/** Columns of text, as wide as what stands in them. */
import type { Terminal } from './terminal.ts';

export function tableOf(
  { style }: Pick<Terminal, 'style'>,
  columns: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map((name, at) =>
    Math.max(name.length, ...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd();
  return [style('dim', line(columns)), ...rows.map(line)].join('\n');
}
