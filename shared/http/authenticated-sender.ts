/** A sender whose requests carry a destination's authentication. Like any sender it never throws. */

import type { HttpAnswer, HttpRequest } from '../contracts/http.ts';
import { ConfigurationError, MirrorError, PassingError } from '../domain/words/errors.ts';
import type { Clock, HttpSender } from '../ports/world.ts';
import type { Authenticated, Authenticator } from './authenticator.ts';
import { withoutEchoes } from './echoes.ts';

/** `proof`: what the authenticator gave; undefined where it gave none, and nothing was sent. */
interface Attempt {
  readonly answer: HttpAnswer;
  readonly proof: Authenticated | undefined;
}

/**
 * Sends with authentication set last, and once more at once where a 401, or what the request takes for one, can be
 * mended by a new token. Fetching
 * tokens and the second try are part of the request's `timeoutMs`.
 */
export function authenticated(
  sender: HttpSender,
  authenticator: Authenticator,
  clock: Pick<Clock, 'now'>,
): HttpSender {
  async function attempt(request: HttpRequest, until: number): Promise<Attempt> {
    const left = () => Math.min(request.timeoutMs, Math.max(1, until - clock.now()));
    let proof: Authenticated;
    try {
      proof = await authenticator.authenticate(request, left());
    } catch (error) {
      return { answer: unsent(error), proof: undefined };
    }
    const headers = { ...request.headers, ...proof.headers };
    const whole = { ...request, url: proof.url, headers, timeoutMs: left() };
    return { answer: withoutEchoes(await sender.send(whole), proof.secrets), proof };
  }

  return {
    async send(request) {
      const until = clock.now() + request.timeoutMs;
      const first = await attempt(request, until);
      const { answer, proof } = first;
      if (answer.kind !== 'answer' || !proof) return answer;
      const isRefused = answer.status === 401 || (await request.refusesCredentials?.(answer));
      if (!isRefused || !authenticator.renew(proof)) return answer;
      const second = await attempt(request, until);
      return afterUnauthorised(answer, second.answer);
    },
  };
}

/** The first try left the process, so that neither "refused" nor "unsent" would be true of the request. */
function afterUnauthorised(first: HttpAnswer, second: HttpAnswer): HttpAnswer {
  switch (second.kind) {
    case 'answer':
      return second;
    case 'none':
      return { ...second, sent: true };
    case 'refused':
      return second.code === 'too-late' ? { ...second, kind: 'none', sent: true } : first;
  }
}

function unsent(error: unknown): HttpAnswer {
  if (error instanceof ConfigurationError) {
    return { kind: 'refused', code: error.code, reason: error.message };
  }
  if (error instanceof MirrorError) {
    const waitMs = error instanceof PassingError ? error.waitMs : undefined;
    return {
      kind: 'none',
      code: error.code,
      reason: error.message,
      sent: false,
      ...(waitMs !== undefined && { waitMs }),
    };
  }
  return {
    kind: 'none',
    code: 'authentication-failed',
    reason:
      'The authentication of the request could not be made, for a reason that is not known here, so nothing was sent. The next run sends what this one does not.',
    sent: false,
  };
}
