/** What the API says of a draft while it is typed: asked 400 ms after the last key, an older question is given up. */
import { useEffect, useState } from 'react';
import { ApiError } from '../api/client.ts';
import { nothingSaid, type Said } from './draft.ts';
import type { Settings } from './pointer.ts';

const restMs = 400;

type Ask = (settings: Settings, signal: AbortSignal) => Promise<Said['warnings']>;

/** `ask` stays the same between renders. */
export function useSaid(settings: Settings, ask: Ask): Said {
  const [said, setSaid] = useState<Said>(nothingSaid);
  useEffect(() => {
    const given = new AbortController();
    const soon = setTimeout(async () => {
      try {
        const warnings = await ask(settings, given.signal);
        setSaid({ problems: [], warnings });
      } catch (error) {
        if (!given.signal.aborted) setSaid((before) => saidBy(error) ?? before);
      }
    }, restMs);
    return () => {
      clearTimeout(soon);
      given.abort();
    };
  }, [settings, ask]);
  return said;
}

/** Undefined: the question failed, which says nothing of the settings. */
export function saidBy(error: unknown): Said | undefined {
  if (!(error instanceof ApiError) || error.status < 400 || error.status >= 500) return undefined;
  if (error.status === 401 || error.status === 403 || error.status === 429) return undefined;
  const problems =
    error.problems.length > 0
      ? error.problems
      : [{ pointer: '', path: '', code: error.code, message: error.message }];
  return { problems, warnings: [] };
}
