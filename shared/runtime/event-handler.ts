/** One invocation by an event to one use case: every line of its log names the event's fields, and no error shows more than we say. */
import type { Context } from 'aws-lambda';
import { summarise } from '../domain/errors.ts';
import { logger } from './logger.ts';
import { count, publishMetrics } from './metrics.ts';
import { stackOf } from './queue-handler.ts';

/** `parse` may throw: such an event fails like any other. */
export function eventHandler<E extends object, R>(
  parse: (event: unknown) => E,
  step: (event: E) => Promise<R>,
): (event: unknown, context: Context) => Promise<R> {
  return async (event, context) => {
    logger.resetKeys();
    logger.appendKeys({ request: context.awsRequestId });
    try {
      const parsed = parse(event);
      logger.appendKeys({ ...parsed, request: context.awsRequestId });
      return await step(parsed);
    } catch (error) {
      const { code, message: detail } = summarise(error);
      logger.error('step failed', { code, detail, stack: stackOf(error) });
      count({ name: 'StepFailures', value: 1 });
      // Lambda logs what is thrown, and hands it on with a failed event: not the text of an error that is not ours.
      throw new Error(`${code}: ${detail}`);
    } finally {
      publishMetrics();
    }
  };
}
