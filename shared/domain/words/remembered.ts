/**
 * What was made of a text last is not made again; `make` must depend on nothing else.
 * @param most texts remembered at once; the oldest goes first
 */
export function remembered<T>(most: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, { readonly made: T }>();
  return (text) => {
    const found = known.get(text);
    if (found) return found.made;
    const made = make(text);
    const [oldest] = known.keys();
    if (known.size === most && oldest !== undefined) known.delete(oldest);
    known.set(text, { made });
    return made;
  };
}
