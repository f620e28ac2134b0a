/** What the tests of the sample platform send, over real sockets. */
import { type Dispatcher, request } from 'undici';

export type Members = { email?: string; [field: string]: unknown }[];

export interface Seen {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  text: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are looked into by the assertions.
  json: any;
}

export const METHODS = { upsert: 'POST', update: 'PUT', remove: 'DELETE' } as const;

/** Text and bytes are sent as they are, anything else as JSON. Fails after 10 s without an answer. */
export async function callAt(
  url: string,
  method: Dispatcher.HttpMethod,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Seen> {
  const isRaw = body === undefined || typeof body === 'string' || body instanceof Uint8Array;
  const sent = isRaw ? (body ?? null) : JSON.stringify(body);
  const signal = AbortSignal.timeout(10_000);
  const answer = await request(`${url}${path}`, { method, headers, signal, body: sent });
  const text = await answer.body.text();
  const isJson = answer.headers['content-type'] === 'application/json';
  const json = isJson ? JSON.parse(text) : undefined;
  return { status: answer.statusCode, headers: answer.headers, text, json };
}

/** One member for each number, named so that they sort by it. */
export function people(from: number, to: number): Members {
  return Array.from({ length: to - from }, (_, i) => ({
    email: `${from + i}@x`.padStart(8, '0'),
  }));
}
