/** Masks keys and samples, for shared screens and screenshots. */
import { Eye, EyeOff } from 'lucide-react';
import { useSyncExternalStore } from 'react';
import { say } from '../words/text.ts';

let areHidden = false;
const listeners = new Set<() => void>();

export function switchPeople(): void {
  areHidden = !areHidden;
  for (const listener of listeners) listener();
}

export const useHiddenPeople = (): boolean =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => areHidden,
  );

export function PeopleSwitch() {
  const hidden = useHiddenPeople();
  const Icon = hidden ? EyeOff : Eye;
  return (
    <button type="button" className="place" aria-pressed={hidden} onClick={switchPeople}>
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
      <span>{say(hidden ? 'people.hidden' : 'people.hide')}</span>
    </button>
  );
}

/** A member's key or value: masked where people are hidden. */
export function Person({ children }: { children: string }) {
  const hidden = useHiddenPeople();
  return hidden ? (
    <span className="masked">{say('people.masked')}</span>
  ) : (
    <bdi dir="auto">{children}</bdi>
  );
}
