/** Which control a problem stands at: its own, else the nearest around it; what has none is told in the summary alone. */
import type { FieldProblem } from '../api/schema.d.ts';
import { isWithin } from './pointer.ts';

/** The control's own problems, and those below it that no other control is nearer to. */
export const problemsAt = (
  problems: readonly FieldProblem[],
  pointer: string,
  controls: ReadonlySet<string>,
): FieldProblem[] => problems.filter((problem) => nearest(problem.pointer, controls) === pointer);

export function nearest(pointer: string, controls: ReadonlySet<string>): string | undefined {
  let found: string | undefined;
  for (const each of controls) {
    const isNearer = found === undefined || each.length > found.length;
    if (isNearer && isWithin(pointer, each)) found = each;
  }
  return found;
}
