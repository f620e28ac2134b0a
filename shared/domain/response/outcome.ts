/** What an answer means for the records of its request. */
import type { Outcome } from '../../contracts/counts.ts';
import type { HttpAnswer } from '../../contracts/http.ts';
import type { OutcomeLine } from '../../contracts/plan.ts';

/**
 * - `delivered`: final for this run.
 * - `rejected`: refused as it is; some of its records may be taken without the others.
 * - `too-large`: refused for its size; half of it may be taken.
 * - `again`: the platform may have applied it; tried again, after the wait it asked for.
 * - `stop`: nothing more of this run can succeed.
 */
export type Fate =
  | { readonly kind: 'delivered'; readonly status: number }
  | {
      readonly kind: 'rejected';
      readonly status: number;
      readonly code: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'too-large';
      readonly status: number;
      readonly code: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'again';
      readonly status: number;
      readonly code: string;
      readonly reason: string;
      /** Milliseconds, where the platform or its authorization server named a wait. */
      readonly waitMs: number | undefined;
    }
  | {
      readonly kind: 'stop';
      readonly status: number;
      readonly code: string;
      readonly reason: string;
    };

const passing = new Set([408, 425, 429]);
const goneIsDone = new Set([404, 410]);

/** `missingIsDelivered`: 404 and 410 mean that a delete is done. `now`: epoch milliseconds, for a Retry-After that is a date (RFC 9110, section 10.2.3). */
export function fateOf(answer: HttpAnswer, missingIsDelivered: boolean, now: number): Fate {
  switch (answer.kind) {
    case 'none':
      return {
        kind: 'again',
        status: 0,
        code: answer.code,
        reason: answer.reason,
        waitMs: answer.waitMs,
      };
    case 'refused':
      return { kind: 'stop', status: 0, code: answer.code, reason: answer.reason };
    case 'answer':
      return fateOfStatus(answer.status, answer.headers['retry-after'], missingIsDelivered, now);
  }
}

function fateOfStatus(
  status: number,
  retryAfter: string | undefined,
  missingIsDelivered: boolean,
  now: number,
): Fate {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  if (missingIsDelivered && goneIsDone.has(status)) return { kind: 'delivered', status };
  if (status === 401 || status === 403) {
    return {
      kind: 'stop',
      status,
      code: `http-${status}`,
      reason: `The platform answered ${status}: it does not accept the destination's credentials. Renew them; the next run sends what this one did not.`,
    };
  }
  if (passing.has(status) || status >= 500) {
    return {
      kind: 'again',
      status,
      code: `http-${status}`,
      reason: `The platform answered ${status}. It may or may not have applied the request; the next run sends these members again.`,
      waitMs: waitOf(retryAfter, now),
    };
  }
  return {
    kind: status === 413 ? 'too-large' : 'rejected',
    status,
    code: `http-${status}`,
    reason: `The platform refused the request with ${status}. Compare the action's method, path and body with the platform's documentation.`,
  };
}

const ofPlace = new Set([404, 405, 406, 407, 410, 411, 414, 415, 417, 421, 426, 431]);

/** Refused for where the request went or what it is, whatever is in it: no half of it would fare better. */
export const isOfPlace = (status: number): boolean =>
  (status >= 300 && status < 400) || ofPlace.has(status);

/** Milliseconds from now, at most a day; undefined where the header is absent or unreadable. */
export function waitOf(retryAfter: string | undefined, now: number): number | undefined {
  if (retryAfter === undefined) return undefined;
  const text = retryAfter.trim();
  // An engine makes a date of nearly any text with a number in it; the dates of HTTP begin with the name of a day.
  const isDate = /^(mon|tues?|wed(nes)?|thu(rs)?|fri|sat(ur)?|sun)(day)?[ ,]/i.test(text);
  const wait = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(isDate ? text : '') - now;
  return Number.isNaN(wait) ? undefined : Math.min(Math.max(wait, 0), 86_400_000);
}

/** Which of two accounts of one position holds: a 2xx that anybody saw is a 2xx. */
const weight: Record<Outcome, number> = {
  delivered: 4,
  uncertain: 3,
  rejected: 2,
  invalid: 1,
  unsent: 0,
};

/** Disjoint lines in order, from the accounts of several senders. */
export function merge(lines: readonly OutcomeLine[]): OutcomeLine[] {
  const edges = [...new Set(lines.flatMap(({ from, to }) => [from, to]))].sort((a, b) => a - b);
  const merged: OutcomeLine[] = [];
  edges.forEach((from, i) => {
    const to = edges[i + 1];
    if (to === undefined) return;
    const best = lines
      .filter((line) => line.from <= from && line.to >= to)
      .sort((a, b) => weight[b.outcome] - weight[a.outcome])[0];
    if (best) merged.push({ ...best, from, to });
  });
  return merged;
}

/** Full jitter: anywhere between nothing and a bound that doubles from one second up to five minutes. */
export const backoffMs = (failures: number, random: number): number =>
  Math.round(random * Math.min(300_000, 1_000 * 2 ** Math.max(0, failures - 1)));
