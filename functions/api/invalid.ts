/** Requests whose parameters or body are not of the form that the document says. */
import type { z } from '@hono/zod-openapi';
import { settingProblems } from '../../shared/domain/words/setting-problems.ts';
import { pointerOf, stepsOf } from './pointer.ts';
import { type FieldProblem, notFound, Refusal } from './problem.ts';

type Validated = { readonly target: string } & (
  | { readonly success: true }
  | { readonly success: false; readonly error: z.ZodError }
);

/**
 * All that is wrong at once, in words that hold no value. An id that cannot be one is the id of nothing.
 *
 * @param place what the paths of the body's settings begin with, as problems name them everywhere
 */
export const refuseInvalid =
  (place: string) =>
  (result: Validated): undefined => {
    if (result.success) return undefined;
    if (result.target === 'param') throw notFound('such thing');
    throw new Refusal(400, {
      code: 'request-invalid',
      detail: 'The request can not be taken as it is. Correct what "problems" names.',
      problems: found(result.target, result.error, place),
    });
  };

/** A problem of the body has a pointer into it; any other names the part of the request it is in. */
function found(target: string, error: z.ZodError, place: string): FieldProblem[] {
  if (target !== 'json') {
    return settingProblems(target, error).map((problem) => ({ ...problem, pointer: '' }));
  }
  const isWhole = (path: string) => path === (place === '' ? 'sync' : place);
  return settingProblems(place, error).map((problem) => {
    const steps = stepsOf(problem.path).slice(place === '' ? 0 : 1);
    return { ...problem, pointer: isWhole(problem.path) ? '' : pointerOf(steps) };
  });
}
