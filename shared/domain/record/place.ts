/** Names that JavaScript objects treat specially. */
const forbidden = new Set(['__proto__', 'constructor', 'prototype']);

import type { ConfigurationProblem } from '../words/problem.ts';
export function forbiddenNames(
  names: readonly string[],
  pathOf: (name: string) => string,
): ConfigurationProblem[] {
  return names
    .filter((name) => forbidden.has(name))
    .map((name) => ({
      code: 'field-name-forbidden',
      path: pathOf(name),
      message: `A field cannot be called ${name}. Give it another name, in the template and in the mapping.`,
    }));
}
