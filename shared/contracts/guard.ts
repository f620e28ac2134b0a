/** A guard that holds a run, in numbers. */
import { z } from 'zod';
import { Count } from './json.ts';

export const TrippedGuard = z
  .strictObject({
    /** `guard-deletes`, say. */
    code: z.string(),
    /** One sentence with the same numbers. */
    message: z.string(),
    /** What there would be too many of, or too few. */
    what: z.enum(['rows', 'removals', 'changes', 'invalid rows', 'newer name']),
    /** How many there would be. */
    would: Count,
    /** Of how many; absent where the guard goes by no share. */
    of: Count.optional(),
    /** How many there may be at most, or of rows at least. */
    allowed: Count,
    /** The share that is allowed, from 0 to 1; absent where the guard goes by no share. */
    allowedShare: z.number().min(0).max(1).optional(),
    /** How many there are usually: the median of the last 10 runs. Absent where there were none. */
    usual: Count.optional(),
  })
  .meta({ id: 'TrippedGuard' });
export type TrippedGuard = z.infer<typeof TrippedGuard>;
