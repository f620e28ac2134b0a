/** Places in a body: from the steps that lead there, and from the path that a problem of ours names. */

/** RFC 6901. */
export const pointerOf = (steps: readonly PropertyKey[]): string =>
  steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');

/** `mappings.EMAIL`, `mappings["e mail"]`, `key[0]` → the steps. */
export function stepsOf(path: string): string[] {
  const steps: string[] = [];
  for (const [, word, quoted, number] of path.matchAll(
    /(\w+)|\[("(?:[^"\\]|\\.)*")\]|\[(\d+)\]/g,
  )) {
    steps.push(quoted === undefined ? (word ?? number ?? '') : String(JSON.parse(quoted)));
  }
  return steps;
}
