/** What is known of a mirror without reading it. */

import { z } from 'zod';
import { Count } from './json.ts';

/** Where the mirror is, and what is known of it without reading it. */
export const MirrorPointer = z.strictObject({
  /** Object key in the state bucket. */
  location: z.string(),
  epoch: z.number().int().positive(),
  /** Where its members are, and by what they are named: `targetOf` in the domain. */
  target: z.string().optional(),
  members: Count,
  /** Members whose record or presence at the platform is not certain and is to be sent again. */
  uncertain: Count,
});

export type MirrorPointer = z.infer<typeof MirrorPointer>;

/** A snapshot that the schedule passes over, until there is a newer one or somebody says otherwise. */
export const SetAside = z.strictObject({
  snapshot: z.string(),
  configuration: z.string(),
  /** Why, and the run that found it so. */
  why: z.enum(['held', 'rolled-back']),
  run: z.string(),
});

export type SetAside = z.infer<typeof SetAside>;
