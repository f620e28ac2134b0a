/** Places in settings, by JSON pointers (RFC 6901): the API tells what is wrong by them, and each control bears one. */

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [name: string]: Json };
export type Settings = { readonly [name: string]: Json };

export const isSettings = (value: Json | undefined): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const stepsOf = (pointer: string): string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));

/** A place below another, by the name of a member. */
export const below = (pointer: string, ...names: readonly string[]): string =>
  [pointer, ...names.map((name) => name.replaceAll('~', '~0').replaceAll('/', '~1'))].join('/');

export function at(value: Json | undefined, pointer: string): Json | undefined {
  let found = value;
  for (const step of stepsOf(pointer)) found = isSettings(found) ? found[step] : undefined;
  return found;
}

/** The settings with another value there; undefined takes it away. Objects on the way are made. */
export const put = (value: Settings, pointer: string, next: Json | undefined): Settings =>
  putSteps(value, stepsOf(pointer), next);

function putSteps(
  value: Settings,
  [step, ...rest]: readonly string[],
  next: Json | undefined,
): Settings {
  if (step === undefined) return isSettings(next) ? next : value;
  const own = value[step];
  const changed = rest.length === 0 ? next : putSteps(isSettings(own) ? own : {}, rest, next);
  const { [step]: _, ...others } = value;
  if (changed === undefined) return others;
  // What is there stays where it is, so that its YAML does not jump.
  return step in value ? { ...value, [step]: changed } : { ...others, [step]: changed };
}

/** The smallest places whose values differ; lists count as one value. */
export function differences(one: Json | undefined, other: Json | undefined, from = ''): string[] {
  if (isSettings(one) && isSettings(other)) {
    const names = [...new Set([...Object.keys(one), ...Object.keys(other)])];
    return names.flatMap((name) => differences(one[name], other[name], below(from, name)));
  }
  return isSame(one, other) ? [] : [from];
}

/** Whatever the order of members. */
export const isSame = (one: Json | undefined, other: Json | undefined): boolean =>
  one === other || sorted(one) === sorted(other);

const sorted = (value: Json | undefined): string | undefined =>
  JSON.stringify(value, (_, each: Json) =>
    isSettings(each)
      ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1)))
      : each,
  );

/** The places themselves or those below them. */
export const isWithin = (pointer: string, place: string): boolean =>
  place === '' || pointer === place || pointer.startsWith(`${place}/`);
