/** What is known of a mirror without reading it. */

import { z } from 'zod';
import { TrippedGuard } from './guard.ts';
import { Count } from './json.ts';

/** What the objects of a mirror look like; another number is another reader. */
export const mirrorFormat = 1;

/** One object of a mirror, as it was written. */
export const MirrorObject = z.strictObject({
  /** Object key in the state bucket. */
  location: z.string(),
  bytes: Count,
  /** Of its bytes, in hex. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Entries in it, and of a delta the keys that are gone, too. */
  rows: Count,
  /** Of a mirror in parts, by the hash of the key: which it is. Absent: all keys. */
  part: Count.optional(),
});
export type MirrorObject = z.infer<typeof MirrorObject>;

/** The objects of a mirror. Of a key that several have, the last counts. */
export const MirrorObjects = z.strictObject({
  format: z.literal(mirrorFormat),
  base: z.array(MirrorObject),
  /** What changed since, oldest first. */
  deltas: z.array(MirrorObject),
});
export type MirrorObjects = z.infer<typeof MirrorObjects>;

/** What an object was when it was written. */
export const ObjectContent = MirrorObject.pick({ bytes: true, sha256: true });
export type ObjectContent = z.infer<typeof ObjectContent>;

/** Where the mirror is, and what is known of it without reading it. */
export const MirrorPointer = MirrorObjects.extend({
  /** Of the run that left it. */
  epoch: z.number().int().positive(),
  /** Where its members are, and by what they are named: `targetOf` in the domain. */
  target: z.string().optional(),
  members: Count,
  /** Members whose record or presence at the platform is not certain and is to be sent again. */
  uncertain: Count,
  /** Of what its entries' raw digests are made, beside the values, where an engine of many machines planned last. */
  raw: z.string().optional(),
  /** What it says is older than what was sent: the next run sends everybody, whatever it says. */
  resend: z.literal(true).optional(),
});
export type MirrorPointer = z.infer<typeof MirrorPointer>;

/** As it lies beside the objects. */
export const StoredPointer = z.strictObject({ mirror: MirrorPointer });

/** The state of a sync went back: its objects tell of later epochs than it does. */
export const Outdated = z.strictObject({
  /** The newest among its objects. */
  newest: Count,
  /** What the state said; 0: nothing. */
  pointer: Count,
});
export type Outdated = z.infer<typeof Outdated>;

/** A snapshot that the schedule passes over, until there is a newer one or somebody says otherwise. */
export const SetAside = z.strictObject({
  snapshot: z.string(),
  configuration: z.string(),
  /** Why, and the run that found it so. */
  why: z.enum(['held', 'rolled-back']),
  run: z.string(),
  /** Of a held one: those that it tripped, the gravest first. */
  guards: z.array(TrippedGuard).optional(),
});

export type SetAside = z.infer<typeof SetAside>;
