/** What a request met in place of an answer, in words. Only host names and error codes enter a reason; never a path, header or body. */

import { errors } from 'undici';
import type { HttpAnswer } from '../contracts/http.ts';
import { ConnectFailure } from './connector.ts';

export function refused(code: string, reason: string): HttpAnswer {
  return { kind: 'refused', code, reason };
}

export function tooLate(): HttpAnswer {
  return refused(
    'too-late',
    'The time in which this request might be sent had passed, so nothing was sent.',
  );
}

export function cutOff(): HttpAnswer {
  return {
    kind: 'none',
    code: 'too-late',
    reason:
      'The time in which this request might be sent passed while it was being written, so it was cut off.',
    sent: true,
  };
}

export function answeredEarly(host: string): HttpAnswer {
  return {
    kind: 'none',
    code: 'answered-early',
    reason: `${host} accepted the request before it had taken the whole of it, so nobody can tell what it applied. If it persists, lower the batch size.`,
    sent: true,
  };
}

export function timedOut(host: string, sent: boolean): HttpAnswer {
  const reason = sent
    ? `${host} gave no complete answer in time. Raise the destination's time-out, or lower its batch size.`
    : `No connection to ${host} was free or came about in time, so nothing was sent. Lower the destination's concurrency, or raise its time-out.`;
  return { kind: 'none', code: 'timeout', reason, sent };
}

/** Of a request whose exchange ended with an error; `status` is 0 where no answer had begun. */
export function noAnswer(error: unknown, host: string, sent: boolean, status: number): HttpAnswer {
  if (error instanceof ConnectFailure) {
    return error.refused
      ? refused(error.code, error.message)
      : { kind: 'none', code: error.code, reason: error.message, sent: false };
  }
  const code = noAnswerCode(error, status);
  return { kind: 'none', code, reason: `${host} ${REASONS[code]}`, sent };
}

type NoAnswerCode = 'dropped' | 'incomplete' | 'malformed' | 'headers-too-large' | 'unexpected';

const REASONS: Record<NoAnswerCode, string> = {
  dropped: 'closed the connection before it answered. It may have applied the request.',
  incomplete:
    'answered, but closed the connection before its answer was complete, or sent another length than it said. It may have applied the request.',
  malformed: 'answered with something other than HTTP/1.1. Check the base URL of the destination.',
  'headers-too-large': 'answered with more than 16 KiB of headers. Ask the platform to send fewer.',
  unexpected:
    'could not be talked to, for a reason that is not known here. It may have applied the request.',
};

function noAnswerCode(error: unknown, status: number): NoAnswerCode {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return 'headers-too-large';
  if (code === 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH') return 'incomplete';
  if (error instanceof errors.HTTPParserError) return 'malformed';
  if (code === 'UND_ERR_SOCKET' || code === 'ECONNRESET' || code === 'EPIPE') {
    return status === 0 ? 'dropped' : 'incomplete';
  }
  return 'unexpected';
}

/** Lower-case names; repeated ones joined with ", ". */
export function answerHeaders(raw: unknown): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  if (!Array.isArray(raw)) return {};
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = latin1(raw[index]).toLowerCase();
    const value = latin1(raw[index + 1]);
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  headers.delete('__proto__');
  return Object.fromEntries(headers);
}

function latin1(value: unknown): string {
  return Buffer.isBuffer(value) ? value.toString('latin1') : String(value);
}
