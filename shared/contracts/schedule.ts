/** When a sync runs by itself. */
import { z } from 'zod';

export const basicIntervals = ['5m', '10m', '15m', '30m', '1h', '3h', '6h', '12h', '24h'] as const;

/** Names of the IANA database only: offsets such as +05:00 are none. */
function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }) !== undefined;
  } catch {
    return false;
  }
}

const TimeZone = z.string().max(50).refine(isTimeZone, {
  error: 'is no time zone of the IANA database; use a name such as Europe/Berlin',
});

export const Schedule = z.discriminatedUnion('type', [
  /** Only when somebody starts a run. */
  z.strictObject({ type: z.literal('manual') }),
  z.strictObject({
    type: z.literal('basic'),
    every: z.enum(basicIntervals),
    /** A time of day at which it runs; the others follow from the interval. */
    from: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'use a time of day such as 06:30, from 00:00 to 23:59')
      .default('00:00'),
    /** What its times of day are read in: an IANA name such as `Europe/Berlin`, from `3h` on. Absent: UTC. */
    timeZone: TimeZone.optional(),
  }),
  /** A Unix expression of five fields: names, lists, ranges and steps; no seconds, `L`, `W` or `#`. */
  z.strictObject({
    type: z.literal('cron'),
    expression: z.string().min(1).max(256),
    /** What its times are read in: an IANA name such as `Europe/Berlin`. Absent: UTC. */
    timeZone: TimeZone.optional(),
  }),
]);
export type Schedule = z.infer<typeof Schedule>;
