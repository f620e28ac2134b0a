/**
 * Settings that somebody works on: as they began, as they are now, and what the API says of them. A draft outlives a reload
 * in this tab's sessionStorage, without secrets and samples; it ends when it is saved or discarded.
 */
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { FieldProblem } from '../api/schema.d.ts';
import { at, differences, type Json, put, type Settings } from './pointer.ts';

interface Kept {
  /** As they were when the work began, and the version they had; 0: never saved. */
  readonly began: Settings;
  readonly version: number;
  readonly now: Settings;
}

export interface Draft extends Kept {
  /** Places that are not as they began. */
  readonly changed: readonly string[];
  readonly get: (pointer: string) => Json | undefined;
  readonly set: (pointer: string, value: Json | undefined) => void;
  readonly replace: (now: Settings) => void;
  /** What was saved by others is the new beginning; what is now stays. */
  readonly rebase: (began: Settings, version: number, now: Settings) => void;
  readonly discard: () => void;
}

const placeOf = (name: string) => `draft:${name}`;

function stored(name: string): Kept | undefined {
  const text = sessionStorage.getItem(placeOf(name));
  if (text === null) return undefined;
  try {
    const found: Kept = JSON.parse(text);
    return found;
  } catch {
    return undefined;
  }
}

/** `saved`: as the API has it now. A draft that was begun before goes on from where it was begun. */
export function useDraft(name: string, saved: Settings, version: number): Draft {
  const [kept, setKept] = useState<Kept>(
    () => stored(name) ?? { began: saved, version, now: saved },
  );
  const changed = useMemo(() => differences(kept.began, kept.now), [kept]);
  const isUntouched = changed.length === 0;
  // Nothing was typed: what others save meanwhile is simply shown.
  if (isUntouched && kept.version !== version) setKept({ began: saved, version, now: saved });
  useEffect(() => {
    if (isUntouched) sessionStorage.removeItem(placeOf(name));
    else sessionStorage.setItem(placeOf(name), JSON.stringify(kept));
  }, [name, kept, isUntouched]);
  const set = useCallback(
    (pointer: string, value: Json | undefined) =>
      setKept((before) => ({ ...before, now: put(before.now, pointer, value) })),
    [],
  );
  return {
    ...kept,
    changed,
    get: (pointer) => at(kept.now, pointer),
    set,
    replace: (now) => setKept({ ...kept, now }),
    rebase: (began, next, now) => setKept({ began, version: next, now }),
    discard: () => setKept({ ...kept, now: kept.began }),
  };
}

/** It was saved: nothing of it is kept here. */
export const forget = (name: string): void => sessionStorage.removeItem(placeOf(name));

/** What is wrong, or worth a look. */
export interface Said {
  readonly problems: readonly FieldProblem[];
  readonly warnings: readonly FieldProblem[];
}
export const nothingSaid: Said = { problems: [], warnings: [] };
