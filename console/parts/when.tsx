/** Moments: relative where they are near, with the whole on focus and for machines. */
import { useSyncExternalStore } from 'react';
import { brief, moment, utc } from '../words/times.ts';

const listeners = new Set<() => void>();
let now = Date.now();
const tickMs = 10_000;
setInterval(() => {
  now = Date.now();
  for (const each of listeners) each();
}, tickMs);

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  now = Date.now();
  return () => listeners.delete(listener);
}

/** Moves every ten seconds, for all at once. */
export const useNow = (): number => useSyncExternalStore(subscribe, () => now);

interface WhenProps {
  readonly at: string | number;
  readonly as?: 'brief' | 'moment' | 'second';
}

export function When({ at, as = 'brief' }: WhenProps) {
  const current = useNow();
  const time = typeof at === 'number' ? at : Date.parse(at);
  const whole = moment(time, current);
  const said =
    as === 'brief' ? brief(time, current) : as === 'second' ? utc(time, current, true) : whole;
  return (
    <time dateTime={new Date(time).toISOString()} title={whole} className="number">
      {said}
    </time>
  );
}
