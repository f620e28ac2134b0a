/** What an answer means for its request: by the status and the headers, and then by the destination's rules. */
import type { HttpAnswer } from '../../contracts/http.ts';
import type { Fault } from '../words/problem.ts';
import type { Judgement } from './judge.ts';
import { untilReset, waitIn } from './wait.ts';

/**
 * - `delivered`: final for this run.
 * - `rejected`: refused as it is; some of its records may be taken without the others.
 * - `too-large`: refused for its size; half of it may be taken.
 * - `again`: the platform may have applied it; tried again, after the wait it asked for.
 * - `forbidden`: refused for who asks, or for whom it is about: what was accepted before tells which.
 * - `stop`: nothing more of this run can succeed.
 */
export type Fate =
  | { readonly kind: 'delivered'; readonly status: number }
  | (Refusal & { readonly kind: 'rejected' | 'too-large' | 'forbidden' | 'stop' })
  | (Refusal & {
      readonly kind: 'again';
      /** Milliseconds, where the platform or its authorization server named a wait. */
      readonly waitMs: number | undefined;
      /** It says that it is too much, or how long to wait: that is no failure. */
      readonly isAsked: boolean;
    });

interface Refusal extends Fault {
  readonly status: number;
}

export interface FateInput {
  /** 404 and 410 mean that a delete is done. */
  readonly missingIsDelivered: boolean;
  /** Epoch milliseconds, for waits that are moments. */
  readonly now: number;
  /** Of the request. */
  readonly url: string;
  /** Whether a record stands in it, so that where an answer leads may name one. */
  readonly isPersonal?: boolean;
}

const tooMany = 429;
const passing = new Set([408, 425, tooMany]);
const goneIsDone = new Set([404, 410]);

export function fateOf(answer: HttpAnswer, input: FateInput): Fate {
  switch (answer.kind) {
    case 'none': {
      const { code, reason, waitMs } = answer;
      return { kind: 'again', status: 0, code, reason, waitMs, isAsked: waitMs !== undefined };
    }
    case 'refused':
      return { kind: 'stop', status: 0, code: answer.code, reason: answer.reason };
    case 'answer':
      return fateOfAnswer(answer, input);
  }
}

function fateOfAnswer(
  { status, headers }: Extract<HttpAnswer, { kind: 'answer' }>,
  { missingIsDelivered, now, url, isPersonal = false }: FateInput,
): Fate {
  if (status >= 200 && status < 300) return { kind: 'delivered', status };
  if (missingIsDelivered && goneIsDone.has(status)) return { kind: 'delivered', status };
  const code = `http-${status}`;
  const waitMs = waitIn(headers, now);
  if (status === 403 && waitMs !== undefined) {
    const reason =
      'The platform answered 403 and asked to wait. The next run sends these members again.';
    return { kind: 'again', status, code, reason, waitMs, isAsked: true };
  }
  if (status === 401) {
    const reason = `The platform answered ${status}: it does not accept the destination's credentials. Renew them, in the console or with audience-mirror apply --secrets; the next run sends what this one did not.`;
    return { kind: 'stop', status, code, reason };
  }
  if (status === 403) {
    const reason = `The platform answered ${status}, and accepts nothing: the destination's credentials are bad or may not do this, or none of these members is taken. Renew them or give the permission; the next run sends what this one did not.`;
    return { kind: 'forbidden', status, code, reason };
  }
  if (passing.has(status) || status >= 500) {
    const reason = `The platform answered ${status}. It may or may not have applied the request; the next run sends these members again.`;
    const isAsked = waitMs !== undefined || status === tooMany;
    return { kind: 'again', status, code, reason, waitMs, isAsked };
  }
  if (isRedirect(status))
    return { kind: 'rejected', status, code, reason: elsewhere(headers, url, isPersonal) };
  const reason = `The platform refused the request with ${status}. Compare the action's method, path and body with the platform's documentation.`;
  return { kind: status === 413 ? 'too-large' : 'rejected', status, code, reason };
}

export const isRedirect = (status: number): boolean => status >= 300 && status < 400;

/** Where a redirect leads, for a person to read. */
export function redirectTarget(
  { location }: Readonly<Record<string, string>>,
  from: string,
  isPersonal = false,
): string {
  const to = location === undefined ? null : URL.parse(location, from);
  return to
    ? `${to.origin}${isPersonal ? '' : to.pathname}`.slice(0, 300)
    : 'somewhere it does not name';
}

/** Not followed: a body of members goes to no address that the destination does not name. */
function elsewhere(
  headers: Readonly<Record<string, string>>,
  from: string,
  isPersonal: boolean,
): string {
  return `The platform sends the request on to ${redirectTarget(headers, from, isPersonal)}. Members are sent nowhere but where the destination says: if that address is right, write it into the destination's base URL and the action's path.`;
}

/**
 * A request of one record that was forbidden though others with the same credentials were accepted: the record is at
 * fault.
 */
export const forbiddenRecord = ({ status, code }: Refusal): Fault => ({
  code,
  reason: `The platform refused the request with ${status}, and accepted others of this run with the same credentials: it does not take these members.`,
});

/** By the destination's rules, at `now` in epoch milliseconds; undefined where they say nothing but what the status says. */
export function fateByRules(judgement: Judgement, status: number, now: number): Fate | undefined {
  switch (judgement.kind) {
    case 'done':
      return { kind: 'delivered', status };
    case 'again':
      return {
        kind: 'again',
        status,
        code: 'rule-retry',
        reason: `The platform answered ${status}, and by the response rule "retry" that means later. The next run sends these members again.`,
        waitMs: judgement.wait === undefined ? undefined : untilReset(judgement.wait, now),
        isAsked: true,
      };
    case 'credentials':
      return {
        kind: 'stop',
        status,
        code: 'rule-credentials',
        reason: `The platform answered ${status}, and by the response rule "credentials" that means that it does not accept the destination's credentials. Renew them, in the console or with audience-mirror apply --secrets; the next run sends what this one did not.`,
      };
    default:
      return undefined;
  }
}

const ofPlace = new Set([404, 405, 406, 407, 410, 411, 414, 415, 417, 421, 426, 431]);

/** Refused for where the request went or what it is, whatever is in it: no half of it would fare better. */
export const isOfPlace = (status: number): boolean => isRedirect(status) || ofPlace.has(status);

/** 404 and 410: of a delete, that someone in it is not there. */
export const isMissing = (status: number): boolean => goneIsDone.has(status);
