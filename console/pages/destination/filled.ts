/** A preset's settings with what was filled in; `<NAME>` stays where nothing was. */
import { isSettings, type Json } from '../../edit/pointer.ts';

export function filled(value: Json, values: Readonly<Record<string, string>>): Json {
  if (typeof value === 'string') {
    return value.replace(/<([A-Z][A-Z0-9_]*)>/g, (whole, name: string) => values[name] || whole);
  }
  if (isSettings(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, each]) => [name, filled(each, values)]),
    );
  }
  return Array.isArray(value) ? value.map((each: Json) => filled(each, values)) : value;
}
