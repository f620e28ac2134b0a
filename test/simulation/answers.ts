/** What a simulated platform is sent, and what it says. */
import type { HttpAnswer, HttpRequest } from '../../shared/contracts/http.ts';

export type Member = Readonly<Record<string, string>>;

export const nameOf = (member: Member): string => member['id'] ?? member['email'] ?? '';

export type Reply = Extract<HttpAnswer, { kind: 'answer' }>;

/** What a request was told: that it is done, in part, that nobody of it is there, that it is not, or later. */
export type Told = 'applied' | 'partly' | 'lacking' | 'refused' | 'later' | 'nothing';

/** What a request says. */
export interface SentRequest {
  readonly key: string;
  readonly audience: string;
  readonly method: HttpRequest['method'];
  readonly removes: boolean;
  readonly members: readonly Member[];
  /** All that stood in it, where only some of them are taken. */
  readonly all?: readonly Member[];
  /** Its members as they came, as JSON text. */
  readonly said: string;
  /** It only asks for ids. */
  readonly asks: boolean;
}

/** What a sender is told that has heard nothing. */
export const dropped: HttpAnswer = {
  kind: 'none',
  code: 'reset',
  reason: 'The connection was lost.',
  sent: true,
};

export const answer = (
  status: number,
  headers: Record<string, string> = {},
  body?: object,
): Reply => ({
  kind: 'answer',
  status,
  headers,
  body: body ? Buffer.from(JSON.stringify(body)) : new Uint8Array(),
  truncated: false,
});
