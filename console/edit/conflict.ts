/** Two changed the same: what each of them changed, and which of both is taken. */
import { at, differences, isSame, type Json, put, type Settings } from './pointer.ts';

export type Side = 'yours' | 'theirs';

export interface Clash {
  readonly pointer: string;
  readonly before: Json | undefined;
  readonly yours: Json | undefined;
  readonly theirs: Json | undefined;
  /** What only one side changed is taken from there; undefined: both did, and somebody must say. */
  readonly preset: Side | undefined;
}

/** Where yours and what is saved now differ. */
export const clashesOf = (before: Settings, yours: Settings, theirs: Settings): Clash[] =>
  differences(yours, theirs).map((pointer) => {
    const [was, mine, other] = [before, yours, theirs].map((each) => at(each, pointer));
    const preset = isSame(was, other) ? 'yours' : isSame(was, mine) ? 'theirs' : undefined;
    return { pointer, before: was, yours: mine, theirs: other, preset };
  });

/** What is saved now, with your values where yours were chosen. */
export const merged = (
  theirs: Settings,
  clashes: readonly Clash[],
  chosen: ReadonlyMap<string, Side>,
): Settings =>
  clashes
    .filter(({ pointer }) => chosen.get(pointer) === 'yours')
    .reduce((settings, { pointer, yours }) => put(settings, pointer, yours), theirs);
