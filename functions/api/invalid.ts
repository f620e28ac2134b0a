/** Requests whose parameters or body are not of the form that the document says. */
import type { z } from '@hono/zod-openapi';
import { settingProblems } from '../../shared/domain/words/setting-problems.ts';
import { noSuchThing, shownProblems } from './declared.ts';
import { pointerOf, stepsOf } from './pointer.ts';
import { type FieldProblem, requestInvalid } from './problem.ts';

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
    if (result.target === 'param') throw noSuchThing();
    throw requestInvalid(found(result.target, result.error, place).slice(0, shownProblems));
  };

/** What a body comes to that was made from another. @throws Refusal 400 as for one that was sent */
export function parsedBody<T>(schema: z.ZodType<T>, body: unknown, place: string): T {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw requestInvalid(found('json', parsed.error, place).slice(0, shownProblems));
}

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
