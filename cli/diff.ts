/** What a file changes of what is saved, setting by setting. */

import { isDeepStrictEqual } from 'node:util';
import { pathTo } from '../shared/domain/words/problem.ts';
import type { Terminal } from './terminal.ts';

export interface Difference {
  readonly path: string;
  /** Undefined where it is new. */
  readonly before: unknown;
  /** Undefined where it goes. */
  readonly after: unknown;
}

const isSettings = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The smallest settings that differ, in the order of the contract. */
export function differences(before: unknown, after: unknown, path = ''): Difference[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (!isSettings(before) || !isSettings(after)) return [{ path, before, after }];
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  return [...names].flatMap((name) =>
    differences(before[name], after[name], path === '' ? name : pathTo(path, name)),
  );
}

/** One line a setting; of a text of many lines those that differ. */
export function tellDifference(
  { style }: Pick<Terminal, 'style'>,
  { path, before, after }: Difference,
): string[] {
  if (before === undefined) return [style('green', `  + ${path}: ${shown(after)}`)];
  if (after === undefined) return [style('red', `  - ${path}: ${shown(before)}`)];
  if (!isLong(before) && !isLong(after)) {
    return [style('yellow', `  ~ ${path}: ${shown(before)} → ${shown(after)}`)];
  }
  const lines = changedLines(String(before).split('\n'), String(after).split('\n'));
  return [
    style('yellow', `  ~ ${path}:`),
    ...lines.map(({ sign, line }) =>
      style(sign === '+' ? 'green' : 'red', `      ${sign} ${line}`),
    ),
  ];
}

const isLong = (value: unknown): boolean =>
  typeof value === 'string' && value.trimEnd().includes('\n');

const shown = (value: unknown): string => JSON.stringify(value);

interface ChangedLine {
  readonly sign: '+' | '-';
  readonly line: string;
}

/** What is left of both sides without their longest common subsequence. */
function changedLines(before: readonly string[], after: readonly string[]): ChangedLine[] {
  const common = commonLengths(before, after);
  const lengthAt = (i: number, j: number) => common[i]?.[j] ?? 0;
  const changed: ChangedLine[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    const [old, next] = [before[i], after[j]];
    if (old !== undefined && old === next) {
      i++;
      j++;
    } else if (
      old !== undefined &&
      (next === undefined || lengthAt(i + 1, j) >= lengthAt(i, j + 1))
    ) {
      changed.push({ sign: '-', line: old });
      i++;
    } else if (next !== undefined) {
      changed.push({ sign: '+', line: next });
      j++;
    }
  }
  return changed;
}

/** Of the rests from each pair of lines on. */
function commonLengths(before: readonly string[], after: readonly string[]): number[][] {
  const table = Array.from({ length: before.length + 1 }, () =>
    new Array<number>(after.length + 1).fill(0),
  );
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const row = table[i];
      if (!row) continue;
      row[j] =
        before[i] === after[j]
          ? (table[i + 1]?.[j + 1] ?? 0) + 1
          : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0);
    }
  }
  return table;
}
