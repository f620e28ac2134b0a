/** `?dryRun=true`: a change is looked at as if it were made, what it would do is told, and nothing is done. */
import { z } from '@hono/zod-openapi';
import { Foreseen } from './audited.ts';

export const DryRunQuery = z.strictObject({
  dryRun: z
    .enum(['true', 'false'])
    .optional()
    .describe('`true`: say what would be done (200, `DryRun`), and do nothing.'),
});

/** The answer to who only tries. */
export const foreseen = {
  description: 'With `dryRun=true`: what would be done',
  content: { 'application/json': { schema: Foreseen } },
} as const;

/** Of a route whose own answer is 200, too. */
export const orForeseen = <T extends z.ZodType>(schema: T) => z.union([schema, Foreseen]);
