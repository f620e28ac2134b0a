/** Takes people out of what is at rest. */
import type { StoreName } from './objects.ts';

/**
 * Takes people out of tables at rest: mirrors, plans and sync logs. An object that is gone holds nobody.
 * Everything may be repeated.
 * Whatever fails has taken nobody out, or all of the question out of that table.
 */
export interface ScrubEngine {
  open(question: ScrubQuestion): Promise<ScrubSession>;
}

export interface ScrubQuestion {
  readonly keys: readonly string[];
  /** What the keys of logs were hashed with; undefined where none ever was. */
  readonly hashKey: Uint8Array | undefined;
}

/** For one caller, who calls one method at a time. */
export interface ScrubSession {
  /** The keys in every form they may stand in. */
  readonly forms: ReadonlySet<string>;
  /** How many rows of theirs each table has, of those that have any. */
  find(store: StoreName, tables: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /**
   * Writes the table anew without naming them, under its name and in its order: their rows go from mirrors and plans;
   * those of logs lose their key, so that a log still agrees with its run's counts.
   * @throws PassingError `table-changes` where somebody else writes it all the time
   */
  remove(store: StoreName, table: string): Promise<void>;
  /** Frees memory and scratch files; always call it. */
  close(): Promise<void>;
}
