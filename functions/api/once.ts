/**
 * `Idempotency-Key`: what a request starts has its id from its key, so that the same request, sent again for want of an
 * answer, starts nothing anew. Starting a run of one id is safe to repeat, whoever died on the way.
 */
import { z } from '@hono/zod-openapi';
import type { Context } from 'hono';
import { newRunId } from '../../shared/flow/start-run.ts';
import { type ApiEnvironment, callerOf } from './asked.ts';
import type { ApiPorts } from './ports.ts';
import { Refusal } from './problem.ts';

export const OnceHeaders = z.object({
  'idempotency-key': z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/, 'use 1 to 255 printable ASCII characters without spaces')
    .optional()
    .describe(
      'Unlike any other of yours: the same request with it again, within a day, is answered with what the first one started. With another request it is refused (422).',
    )
    .meta({ examples: ['8e03978e-40d5-43dd-bc93-6894a57f9324'] }),
});

/** Of the run or erasure that the request starts. @throws Refusal 422 `request-key-reused` */
export async function idToStart(
  ports: ApiPorts,
  context: Context<ApiEnvironment>,
  sync: string,
): Promise<string> {
  const { once, digest, clock } = ports;
  const key = context.req.header('idempotency-key');
  const fresh = await newRunId(ports, sync);
  if (key === undefined || callerOf(context).onlyTries) return fresh;
  const { pathname, search } = new URL(context.req.url);
  const body = context.get('route').bodies.length > 0 ? await context.req.text() : '';
  const request = digest(`${context.req.method} ${pathname}${search}\n${body}`);
  const name = digest(JSON.stringify([callerOf(context).name, key]));
  const kept = await once.keep(name, { request, id: fresh }, clock.now());
  if (kept.request === request) return kept.id;
  throw new Refusal(422, {
    code: 'request-key-reused',
    detail:
      'The Idempotency-Key was sent before with another request, so nothing was started. Give each request a key of its own.',
  });
}
