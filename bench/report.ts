/** What the benches have in common: medians, and the last line that a machine reads. */

import { z } from 'zod';

/** Of an odd or even number of values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? Number.NaN;
  return Number.isInteger(middle) ? ((sorted[middle - 1] ?? Number.NaN) + upper) / 2 : upper;
}

export const hundredths = (value: number): number => Math.round(value * 100) / 100;

export const ratio = (a: number, b: number): number => hundredths(a / b);

export const Report = z.object({
  bench: z.string(),
  /** Where the bench is one of so many rows, of which so many percent changed. */
  rows: z.number().optional(),
  changed: z.number().optional(),
  unit: z.string(),
  results: z.record(z.string(), z.number()),
  ratios: z.record(z.string(), z.number()),
});
export type Report = z.infer<typeof Report>;

/** Prints the line that ends every bench. */
export const finish = (report: Report): void => console.log(JSON.stringify(report));
