/**
 * Planted bugs: each takes one promise of the design out of the code. The simulator must catch every one; a
 * mutant that survives fails the check, and so does one whose text is no longer in its file.
 */
export interface Mutant {
  readonly name: string;
  /** Of a history shortly before the first that catches it, for those that hide well: the suite begins there. */
  readonly seed?: number;
  readonly file: string;
  readonly find: string;
  readonly replace: string;
}
