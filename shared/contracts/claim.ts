import { z } from 'zod';
import { Instant } from './json.ts';

/** Someone is at work on it until then; after that nobody can be. */
export const Claim = z.strictObject({ by: z.string(), until: Instant });

export type Claim = z.infer<typeof Claim>;
