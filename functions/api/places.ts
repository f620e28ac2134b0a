/** Problems of a configuration, with the place in the body that they are about. */

import { isOfDestination } from '../../shared/domain/settings/destination-check.ts';
import type { ConfigurationProblem } from '../../shared/domain/words/problem.ts';
import { pointerOf, stepsOf } from './pointer.ts';
import { type FieldProblem, Refusal } from './problem.ts';

/** Gives the pointer of a path; undefined where it is about something that is not in the body. */
type Places = (path: string) => string | undefined;

/** The body is the destination. */
export const inDestination: Places = (path) =>
  isOfDestination(path) ? pointerOf(stepsOf(path).slice(1)) : undefined;

/** The body is the sync, whose settings are named without it. */
export const inSync: Places = (path) =>
  isOfDestination(path) || path === 'sync' ? undefined : pointerOf(stepsOf(path));

/** The body holds both. */
export const inBoth: Places = (path) => {
  if (isOfDestination(path)) return pointerOf(stepsOf(path));
  return path === 'sync' ? '/sync' : pointerOf(['sync', ...stepsOf(path)]);
};

export const placed = (problems: readonly ConfigurationProblem[], places: Places): FieldProblem[] =>
  problems.map(({ path, ...problem }) => ({ pointer: places(path) ?? '', path, ...problem }));

/** @throws Refusal 422 where there is any problem */
export function refuseProblems(problems: readonly FieldProblem[]): void {
  if (problems.length === 0) return;
  const many = problems.length === 1 ? 'One thing keeps' : `${problems.length} things keep`;
  throw new Refusal(422, {
    code: 'configuration-invalid',
    detail: `${many} this from being saved; nothing was changed. Mend what "problems" names.`,
    problems,
  });
}
