import { z } from 'zod';
import { Count, Id, Instant } from './json.ts';

/** What a run that waits for its platform waits for. */
export const Trouble = z.strictObject({
  /** When it began; it has not been answered well since. */
  since: Instant,
  /** Of the last request: what became of it, in the words of its outcome, with method and URL. */
  code: z.string(),
  reason: z.string(),
});

export type Trouble = z.infer<typeof Trouble>;

/** A destination's sending is paused; `probes`: how many found it still silent. */
export const Circuit = z.strictObject({
  openUntil: Instant,
  probes: Count,
  trouble: Trouble,
  /** Of the destination as it was called: another version may be mended. */
  version: z.number().int().positive(),
  /** Whose request found it silent last. */
  by: z.strictObject({ sync: Id, run: z.string() }),
});

export type Circuit = z.infer<typeof Circuit>;
