/**
 * Moments that were written by a clock, and are read by one that may have been set back since: by a moment that is still to
 * come, though it was the present once, nobody may be kept waiting.
 */

/** Clocks of well-kept machines differ by less. */
export const clockToleranceMs = 60_000;

/** The moment lies ahead, though it was the present when it was written: the clock was set back. */
export const isAhead = (moment: number, now: number): boolean => moment > now + clockToleranceMs;

/** Milliseconds since; without end where the clock was set back. */
export const sinceMs = (moment: number, now: number): number =>
  isAhead(moment, now) ? Number.POSITIVE_INFINITY : Math.max(0, now - moment);

/** A platform that asks for more is asked again after this: by then its limits of a day are over. */
export const longestWaitMs = 86_400_000;

/** Milliseconds left of a wait that was `longestMs` at most when it was written; none where more seem to be left. */
export function leftMs(until: number, longestMs: number, now: number): number {
  const left = until - now;
  return left > longestMs + clockToleranceMs ? 0 : Math.max(0, left);
}
