/**
 * What a handler's result says of the messages it was given: the rules of Lambda's `ReportBatchItemFailures`
 * (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html).
 */
import { z } from 'zod';

const BatchResult = z
  .object({
    batchItemFailures: z.array(z.object({ itemIdentifier: z.string().min(1) })).nullish(),
  })
  .nullish();

export interface UnderstoodBatch {
  /** Ids of the messages to delete, in the batch's order; the others come back after their visibility time-out. */
  readonly done: readonly string[];
  /** Why all failed though the handler returned; undefined where its result was understood. */
  readonly why?: string;
}

/**
 * No list or an empty one: all done. A result of another shape, or one that names an id that is not in the batch: all
 * failed, because nobody knows what was meant. FIFO: whatever stands behind the first failure failed too, so that no
 * message overtakes another.
 */
export function readBatchResult(
  ids: readonly string[],
  result: unknown,
  fifo: boolean,
): UnderstoodBatch {
  const parsed = BatchResult.safeParse(result);
  if (!parsed.success) {
    return {
      done: [],
      why: 'The result is not of the shape { batchItemFailures: [{ itemIdentifier }] }',
    };
  }
  const failed = new Set(
    parsed.data?.batchItemFailures?.map(({ itemIdentifier }) => itemIdentifier),
  );
  if ([...failed].some((id) => !ids.includes(id))) {
    return { done: [], why: 'The result names a message that is not in the batch' };
  }
  if (!fifo) return { done: ids.filter((id) => !failed.has(id)) };
  const first = ids.findIndex((id) => failed.has(id));
  return { done: first < 0 ? ids : ids.slice(0, first) };
}
