/** The name that somebody meant who wrote another. */

/** At most so many letters are left out, added, changed or swapped with their neighbour, of names long enough for that. */
const slips = 2;

/** The nearest of the names, where one is near enough to be meant. */
export function nearest(wrong: string, names: Iterable<string>): string | undefined {
  let best: { readonly name: string; readonly away: number } | undefined;
  for (const name of names) {
    const away = distance(wrong.toLowerCase(), name.toLowerCase());
    const isNear = away <= Math.min(slips, Math.floor(name.length / 3));
    if (isNear && (best === undefined || away < best.away)) best = { name, away };
  }
  return best?.name;
}

/** Ends with a question where a name is near: ` Did you mean EMAIL?` */
export function didYouMean(wrong: string, names: Iterable<string>): string {
  const name = nearest(wrong, names);
  return name === undefined ? '' : ` Did you mean ${name}?`;
}

/** Optimal string alignment: https://en.wikipedia.org/wiki/Damerau–Levenshtein_distance. Longer texts are no names. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > slips || one.length > 128) return slips + 1;
  let before: number[] = [];
  let above = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let row = 1; row <= one.length; row += 1) {
    const line = [row];
    for (let at = 1; at <= other.length; at += 1) {
      const isSame = one[row - 1] === other[at - 1];
      const isSwapped = one[row - 1] === other[at - 2] && one[row - 2] === other[at - 1];
      line[at] = Math.min(
        (above[at] ?? 0) + 1,
        (line[at - 1] ?? 0) + 1,
        (above[at - 1] ?? 0) + (isSame ? 0 : 1),
        isSwapped ? (before[at - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [before, above] = [above, line];
  }
  return above[other.length] ?? slips + 1;
}
