/** What lists give. */
import type { ErrorSummary } from '../domain/words/errors.ts';

/** What is stored and can't be read: which it is, and why, without what stands there. */
export interface Unreadable {
  readonly id: string;
  readonly error: ErrorSummary;
}

/** What can be read, in order; and what is set aside, so that nothing else waits for it. */
export interface Listed<T> {
  readonly items: readonly T[];
  readonly unreadable: readonly Unreadable[];
}

/** `next`: where the next page begins; absent on the last. */
export interface Page<T> extends Listed<T> {
  readonly next?: string;
}
