/** The audit trail: who changed what, and when. */
import { z } from 'zod';
import { Instant } from './json.ts';

export const AuditedKind = z.enum(['destination', 'secret', 'sync', 'run', 'erasure', 'webhook']);
export type AuditedKind = z.infer<typeof AuditedKind>;

/** One place of a thing before and after; absent where it was or is not there. Secrets are masked. */
export const AuditChange = z.strictObject({
  /** RFC 6901; the empty text is the whole. */
  pointer: z.string(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});
export type AuditChange = z.infer<typeof AuditChange>;

export const AuditEntry = z.strictObject({
  /** Sorts by time. */
  id: z.string(),
  at: Instant,
  /** The caller, as access control named them. */
  who: z.string(),
  /** `updated`, `deleted`, `run-started` …: stable words. */
  what: z.string(),
  kind: AuditedKind,
  /** Its id; a run's and an erasure's with its sync's: `customers/0mf…`. */
  thing: z.string(),
  /** The version the change made. */
  version: z.number().int().positive().optional(),
  changes: z.array(AuditChange),
});
export type AuditEntry = z.infer<typeof AuditEntry>;

/** Days an entry is kept. */
export const auditDays = 400;
