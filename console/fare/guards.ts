/** Guards as numbers: what the run would do, what is allowed, what is usual. */
import type { TrippedGuard } from '../api/schema.d.ts';
import { exact, share } from '../words/numbers.ts';
import { say, sayOf } from '../words/text.ts';

export interface GuardLine {
  readonly code: string;
  readonly what: string;
  readonly would: string;
  readonly allowed: string;
  readonly usual: string;
}

export const guardLine = ({
  code,
  what,
  would,
  of,
  allowed,
  allowedShare,
  usual,
}: TrippedGuard): GuardLine => ({
  code,
  what: sayOf('guard', what),
  would: of === undefined ? exact(would) : `${exact(would)} (${share(would, of)})`,
  allowed:
    what === 'rows'
      ? say('guard.atLeast', { n: allowed })
      : allowedShare === undefined
        ? exact(allowed)
        : `${exact(allowed)} (${share(allowedShare, 1)})`,
  usual: usual === undefined ? '—' : exact(usual),
});

/** The gravest, as a sentence for who decides; its own words where it is about something else than people who go. */
export function guardSentence(guards: readonly TrippedGuard[] | undefined): string | undefined {
  const [first] = guards ?? [];
  if (first?.what !== 'removals' || first.of === undefined) return first?.message;
  return say('guard.removalsSentence', {
    would: exact(first.would),
    of: exact(first.of),
    share: share(first.would, first.of),
    allowed: first.allowedShare === undefined ? exact(first.allowed) : share(first.allowedShare, 1),
  });
}
