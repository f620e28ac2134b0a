import { z } from 'zod';
import { Count, Instant } from './json.ts';

/** A destination's sending is paused; `probes`: how many found it still silent. */
export const Circuit = z.strictObject({ openUntil: Instant, probes: Count });

export type Circuit = z.infer<typeof Circuit>;
