/** Whether the API answers, and what it lets us do: told by every request, seen by the whole page. */
import { useSyncExternalStore } from 'react';

export interface Reach {
  /** In a row. */
  readonly failures: number;
  /** When the first of them was. */
  readonly since: number | undefined;
  readonly answeredAt: number | undefined;
  readonly isSignedOut: boolean;
  readonly mayWrite: boolean;
}

let reach: Reach = {
  failures: 0,
  since: undefined,
  answeredAt: undefined,
  isSignedOut: false,
  mayWrite: true,
};
const listeners = new Set<() => void>();

function change(next: Partial<Reach>): void {
  reach = { ...reach, ...next };
  for (const listener of listeners) listener();
}

export function answered(status: number, code?: string): void {
  const isSignedOut = status === 401;
  const mayWrite = reach.mayWrite && code !== 'read-only';
  change({ failures: 0, since: undefined, answeredAt: Date.now(), isSignedOut, mayWrite });
}

export function notReached(): void {
  change({ failures: reach.failures + 1, since: reach.since ?? Date.now() });
}

export const signedIn = (): void => change({ isSignedOut: false, mayWrite: true });

/** One failure may be chance; two in a row are told. */
export const isOffline = ({ failures }: Reach): boolean => failures >= 2;

export const useReach = (): Reach =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => reach,
  );

/** What the credentials are good for, as the API says it. */
export const maySee = (mayWrite: boolean): void => change({ mayWrite });
