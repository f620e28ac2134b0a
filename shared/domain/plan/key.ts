/**
 * A member's key as one text, as DuckDB writes it: the value of the one key column, or a JSON array of several.
 * @param values texts of the key columns, in order; none is empty
 */
export function keyText(values: readonly string[]): string {
  const [only] = values;
  if (only !== undefined && values.length === 1) return only;
  // DuckDB writes the digits of its escapes in capitals.
  return JSON.stringify(values).replace(/\\\\|\\u00[0-9a-f]{2}/g, (each) =>
    each === '\\\\' ? each : `\\u${each.slice(2).toUpperCase()}`,
  );
}
