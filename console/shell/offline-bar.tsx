/** After two failures in a row: since when nobody answers, and when it is tried again. Reading goes on. */
import { useQueryClient } from '@tanstack/react-query';
import { WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { isOffline, useReach } from '../api/reach.ts';
import { Button } from '../parts/button.tsx';
import { say } from '../words/text.ts';
import { utc } from '../words/times.ts';

const longestSeconds = 30;

export function OfflineBar() {
  const reach = useReach();
  const queries = useQueryClient();
  const offline = isOffline(reach);
  const [left, setLeft] = useState(0);
  const again = () => void queries.refetchQueries({ type: 'active' });
  // A further failure starts the next, longer wait.
  useEffect(() => {
    if (!offline) return;
    let seconds = Math.min(longestSeconds, 2 ** (reach.failures - 2));
    setLeft(seconds);
    const timer = setInterval(() => {
      seconds -= 1;
      setLeft(Math.max(0, seconds));
      if (seconds === 0) void queries.refetchQueries({ type: 'active' });
    }, 1_000);
    return () => clearInterval(timer);
  }, [offline, reach.failures, queries]);
  if (!offline || reach.since === undefined) return null;
  return (
    <div className="offline" role="status">
      <WifiOff size={16} strokeWidth={1.75} aria-hidden="true" />
      <span>{say('offline.since', { at: utc(reach.since, Date.now(), true) })}</span>
      <span className="muted" aria-hidden="true">
        {say('offline.next', { n: left })}
      </span>
      <Button onPress={again}>{say('offline.now')}</Button>
    </div>
  );
}
