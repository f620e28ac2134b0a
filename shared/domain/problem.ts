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
