/** Moments in texts, as warehouses export them: a date, or a date and a time, in UTC where no offset stands. */
import type { JsonValue } from '../../contracts/json.ts';

const FORM =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s?(Z|UTC|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/** Epoch milliseconds; undefined where the value is no such text, or names a day or an hour that there is not. */
export function momentOf(value: JsonValue): number | undefined {
  if (typeof value !== 'string') return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] =
    FORM.exec(value) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isDay = date.getUTCMonth() === Number(month) - 1 && date.getUTCDate() === Number(day);
  const isTime = Number(hour) < 24 && Number(minute) < 60 && Number(second) < 60;
  const offset = offsetMinutes(zone);
  if (!isDay || !isTime || offset === undefined) return undefined;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const seconds = (Number(hour) * 60 + Number(minute) - offset) * 60 + Number(second);
  return date.getTime() + seconds * 1_000 + milliseconds;
}

/** East of UTC. */
function offsetMinutes(zone = 'Z'): number | undefined {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone) ?? [];
  if (sign === undefined) return 0;
  const total = Number(hours) * 60 + Number(minutes);
  if (Number(hours) > 14 || Number(minutes) > 59) return undefined;
  return sign === '-' ? -total : total;
}
