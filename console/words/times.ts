/** Moments in UTC and in the zone of whoever looks, ages, and durations. */
import { say } from './text.ts';

const minute = 60_000;
const hour = 60 * minute;
export const day = 24 * hour;

const dateIn = (zone: string | undefined, withYear: boolean) =>
  new Intl.DateTimeFormat('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(withYear && { year: 'numeric' }),
    timeZone: zone,
  });
const clockIn = (zone: string | undefined, withSeconds: boolean) =>
  new Intl.DateTimeFormat('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(withSeconds && { second: '2-digit' }),
    hourCycle: 'h23',
    timeZone: zone,
  });

/** `28 Nov 06:00 UTC`, with the year where it is another than now. */
export function utc(at: number, now: number, withSeconds = false): string {
  const withYear = new Date(at).getUTCFullYear() !== new Date(now).getUTCFullYear();
  return `${dateIn('UTC', withYear).format(at)} ${clockIn('UTC', withSeconds).format(at)} UTC`;
}

/** `06:00`, where the day is plain. */
export const utcClock = (at: number): string => `${clockIn('UTC', false).format(at)} UTC`;

/** `07:00 here`, with the day where that is another; undefined where the zone is UTC. */
export function here(at: number, zone?: string): string | undefined {
  const clock = clockIn(zone, false).format(at);
  if (clock === clockIn('UTC', false).format(at)) return undefined;
  const date = dateIn(zone, false).format(at);
  return say('time.here', {
    at: date === dateIn('UTC', false).format(at) ? clock : `${date} ${clock}`,
  });
}

/** `28 Nov 06:00 UTC (07:00 here)` */
export function moment(at: number, now: number, zone?: string): string {
  const local = here(at, zone);
  return local === undefined ? utc(at, now) : `${utc(at, now)} (${local})`;
}

/** One unit: `3 h`, `2 days`. */
export function span(ms: number): string {
  if (ms < minute) return say('time.seconds', { n: Math.max(0, Math.round(ms / 1_000)) });
  if (ms < hour) return say('time.minutes', { n: Math.floor(ms / minute) });
  if (ms < 2 * day) return say('time.hours', { n: Math.floor(ms / hour) });
  return say('time.days', { n: Math.floor(ms / day) });
}

/** Two units: `1 min 12 s`, `2 h 41 min`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1_000));
  if (seconds === 0) return say('time.moment');
  if (seconds < 60) return say('time.seconds', { n: seconds });
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return both(say('time.minutes', { n: minutes }), seconds % 60, 'time.seconds');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return both(say('time.hours', { n: hours }), minutes % 60, 'time.minutes');
  return both(say('time.days', { n: Math.floor(hours / 24) }), hours % 24, 'time.hours');
}

function both(first: string, rest: number, unit: 'time.seconds' | 'time.minutes' | 'time.hours') {
  return rest === 0 ? first : `${first} ${say(unit, { n: rest })}`;
}

/** `3 h ago`, `in 2 h`, `just now`. */
export function relative(at: number, now: number): string {
  const age = now - at;
  if (Math.abs(age) < minute) return say(age >= 0 ? 'time.now' : 'time.soon');
  return age > 0 ? say('time.ago', { span: span(age) }) : say('time.in', { span: span(-age) });
}

/** For tables: relative within a day, else the day and the time. */
export const brief = (at: number, now: number): string =>
  Math.abs(now - at) < day ? relative(at, now) : utc(at, now);
