/** Puts an answer on the wire, or ends the connection in the way a fault wants it. */
import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Effect } from './fault-player.ts';

export interface Answer {
  readonly status: number;
  readonly retryAfter?: string | number | undefined;
  /** Text is sent as it is, anything else as JSON. */
  readonly body: unknown;
}

const BODILESS = new Set([204, 205, 304]);

/** Calls `answered` when the whole answer was handed over, and not if its reader has gone. */
export async function deliver(
  outgoing: ServerResponse,
  effect: Effect,
  answer: Answer,
  answered: () => void,
): Promise<void> {
  if (effect.delayMs > 0) await wait(effect.delayMs, outgoing);
  if (outgoing.destroyed) return;
  switch (effect.ending) {
    case 'drop':
      outgoing.destroy();
      return;
    case 'hang':
      return closed(outgoing);
    case 'drip':
      return drip(outgoing, answer, effect.gapMs, answered);
    case 'answer': {
      const body = writeHead(outgoing, answer);
      answered();
      outgoing.end(body);
    }
  }
}

async function drip(
  outgoing: ServerResponse,
  answer: Answer,
  gapMs: number,
  answered: () => void,
): Promise<void> {
  const body = writeHead(outgoing, answer);
  outgoing.flushHeaders();
  for (let next = 0; next < body.length; next++) {
    await wait(gapMs, outgoing);
    if (outgoing.destroyed) return;
    outgoing.write(body.subarray(next, next + 1));
  }
  answered();
  outgoing.end();
}

function writeHead(outgoing: ServerResponse, answer: Answer): Buffer {
  const isText = typeof answer.body === 'string';
  const text = isText ? String(answer.body) : JSON.stringify(answer.body);
  const body = Buffer.from(text);
  if (answer.retryAfter !== undefined) outgoing.setHeader('retry-after', answer.retryAfter);
  if (BODILESS.has(answer.status)) {
    outgoing.writeHead(answer.status);
    return Buffer.alloc(0);
  }
  outgoing.writeHead(answer.status, {
    'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json',
    'content-length': body.length,
  });
  return body;
}

function closed(outgoing: ServerResponse): Promise<void> {
  return new Promise((resolve) => outgoing.once('close', () => resolve()));
}

/** Ends early when the connection closes. */
async function wait(ms: number, outgoing: ServerResponse): Promise<void> {
  if (outgoing.destroyed) return;
  const gone = new AbortController();
  const leave = () => gone.abort();
  outgoing.once('close', leave);
  await sleep(ms, undefined, { signal: gone.signal }).catch(() => undefined);
  outgoing.off('close', leave);
}
