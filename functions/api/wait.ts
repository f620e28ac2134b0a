/** Long polls: an answer that waits until there is something new to tell. */
import { z } from '@hono/zod-openapi';
import { isKnown, tagOf } from './answers.ts';
import type { ApiPorts } from './ports.ts';
import type { RunView } from './run-view.ts';

/** API Gateway ends a call after 29 seconds. */
const longestSeconds = 25;
const lookMs = 500;

export const WaitQuery = z.strictObject({
  wait: z
    .string()
    .regex(/^(0|[1-9]|[12]\d|30)$/, 'use a number of seconds from 0 to 30')
    .optional()
    .describe(
      `Seconds to wait at most, from 0 to 30; more than ${longestSeconds} are ${longestSeconds}.`,
    )
    .meta({ examples: ['25'] }),
});

interface Wait {
  readonly seconds: number;
  /** The caller's If-None-Match. */
  readonly known: string | undefined;
}

export async function waited(
  { clock, digest }: Pick<ApiPorts, 'clock' | 'digest'>,
  { seconds, known }: Wait,
  look: () => Promise<RunView>,
): Promise<RunView> {
  const until = clock.now() + Math.min(seconds, longestSeconds) * 1_000;
  for (;;) {
    const view = await look();
    const isNew = known !== undefined && !isKnown(known, tagOf(digest(JSON.stringify(view))));
    if (view.phase === 'closed' || isNew || clock.now() + lookMs > until) return view;
    await clock.sleep(lookMs);
  }
}
