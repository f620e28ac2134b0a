/** One invocation by an event to one use case: every line of its log names the event's fields, and no error shows more than we say. */

import type { Context } from 'aws-lambda';
import { MirrorError, PassingError, summarise } from '../domain/words/errors.ts';
import { partsOf } from '../flow/part-failed.ts';
import type { Turn } from '../flow/turn.ts';
import { logger } from './logger.ts';
import { count, publishMetrics } from './metrics.ts';
import { stackOf } from './stack-of.ts';

/** What is used of Lambda's context. */
type Invocation = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>;

/** `parse` may throw: such an event fails like any other. */
export function eventHandler<E extends object, R>(
  parse: (event: unknown) => E,
  step: (event: E, turn: Turn) => Promise<R>,
): (event: unknown, context: Invocation) => Promise<R> {
  return async (event, context) => {
    const request = context.awsRequestId;
    logger.resetKeys();
    logger.appendKeys({ request });
    try {
      const parsed = parse(event);
      logger.appendKeys({ ...parsed, request });
      return await step(parsed, {
        id: request,
        remainingMs: () => context.getRemainingTimeInMillis(),
      });
    } catch (error) {
      throw told(error);
    } finally {
      publishMetrics();
    }
  };
}

/** Lambda logs what is thrown, and hands it on with a failed event: nothing of an error that is not ours. */
function told(error: unknown): Error {
  if (error instanceof AggregateError) tellParts(error);
  const whole = error instanceof AggregateError ? incomplete : error;
  const { code, message: detail } = summarise(whole);
  logger.error('step failed', { code, detail, stack: stackOf(error) });
  count({ name: 'StepFailures', value: 1 });
  return whole instanceof MirrorError ? whole : new Error(`${code}: ${detail}`);
}

const incomplete = new PassingError(
  'step-incomplete',
  'The step failed for some syncs and was done for all others; the lines before this one name them. It is done again the next time.',
);

function tellParts(error: AggregateError): void {
  for (const { of, cause } of partsOf(error)) {
    const { code, message: detail } = summarise(cause);
    logger.error('part failed', { ...of, code, detail, stack: stackOf(cause) });
  }
}
