/** Where it happened, without the text, which may hold a person's value. */
export function stackOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const stack = error.stack ?? '';
  const frames = stack.indexOf('\n    at ');
  return `${error.name}${frames < 0 ? '' : stack.slice(frames)}`;
}
