/** Takes people out of what is at rest. */
import type { MirrorObject } from '../contracts/mirror.ts';
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
  /** By location, what objects of mirrors are known to be: one that is anything else can't be read. */
  readonly written: ReadonlyMap<string, MirrorObject>;
}

export interface FoundIn {
  /** How many rows of theirs each table has, of those that have any. */
  readonly rows: ReadonlyMap<string, number>;
  /** Tables of which nobody can tell who is in them: cut, altered, or no tables at all. */
  readonly unreadable: readonly string[];
}

/** For one caller, who calls one method at a time. */
export interface ScrubSession {
  /** The keys in every form they may stand in. */
  readonly forms: ReadonlySet<string>;
  find(store: StoreName, tables: readonly string[]): Promise<FoundIn>;
  /**
   * Writes the table anew without naming them, under its name and in its order: their rows go from mirrors and plans;
   * those of logs lose their key, so that a log still agrees with its run's counts. `unreadable`: it stays as it is.
   * @throws PassingError `table-changes` where somebody else writes it all the time
   */
  remove(store: StoreName, table: string): Promise<'done' | 'unreadable'>;
  /** Frees memory and scratch files; always call it. */
  close(): Promise<void>;
}
