/** What a user must mend before a configuration can be saved. The message never holds a secret or a person's value. */
export interface Problem {
  /** Stable, for tests, logs and the console. */
  readonly code: string;
  /** Names the thing, says what is wrong with it, and ends with the mend. */
  readonly message: string;
}

/** A value, or everything that is wrong with what should have become one. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/** Why a row or change is `invalid`: safe to log, never the value. */
export interface Fault {
  readonly code: string;
  readonly reason: string;
}

/** What to mend in a sync or destination. `path` leads to it: `mappings.EMAIL`, `destination.actions.insert.fields.EMAIL`. */
export interface ConfigurationProblem extends Problem {
  readonly path: string;
  /** In the text of the setting that the path leads to, from 1; the column in UTF-16 units. */
  readonly line?: number;
  readonly column?: number;
}

/** `mappings.EMAIL`, or `mappings["e mail"]` where the name is no word. */
export const pathTo = (place: string, name: string): string =>
  /^\w+$/.test(name) ? `${place}.${name}` : `${place}[${JSON.stringify(name)}]`;
