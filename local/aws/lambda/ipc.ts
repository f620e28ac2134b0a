/** What host and function process tell each other: one invocation at a time, and one answer to each. */
import { z } from 'zod';

/** To the function process. */
export interface Invocation {
  readonly requestId: string;
  readonly event: unknown;
  /** Epoch milliseconds by which it is killed. */
  readonly deadline: number;
}

/** From the function process: first that it is ready, then the end of each invocation. */
export const Answer = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('done'), json: z.string() }),
  z.object({
    kind: z.literal('failed'),
    errorType: z.string(),
    message: z.string(),
    trace: z.string().optional(),
  }),
]);
export type Answer = z.infer<typeof Answer>;
