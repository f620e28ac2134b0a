/** Saves a draft under the version it began with; whoever saved meanwhile is met, never run over. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ApiError } from '../api/client.ts';
import { type Draft, forget, type Said } from './draft.ts';
import { showProblems } from './draft-bar.tsx';
import type { Settings } from './pointer.ts';
import { saidBy } from './use-said.ts';

interface Saved {
  readonly settings: Settings;
  readonly version: number;
}

interface SaveOptions {
  /** Under which the draft is kept. */
  readonly name: string;
  readonly draft: Draft;
  readonly put: (settings: Settings, version: number) => Promise<Saved>;
  readonly read: () => Promise<Saved>;
  readonly done: (saved: Saved) => unknown;
}

export function useSave({ name, draft, put, read, done }: SaveOptions) {
  const [refused, setRefused] = useState<Said>();
  const [clash, setClash] = useState<Saved>();
  const mutation = useMutation({
    mutationFn: async (given: Saved | undefined) => {
      const { settings, version } = given ?? { settings: draft.now, version: draft.version };
      try {
        return await put(settings, version);
      } catch (error) {
        if (!(error instanceof ApiError) || error.status !== 412 || version === 0) throw error;
        setClash(await read());
        return undefined;
      }
    },
    onMutate: () => setRefused(undefined),
    onSuccess: async (saved) => {
      if (!saved) return;
      forget(name);
      draft.rebase(saved.settings, saved.version, saved.settings);
      await done(saved);
    },
    onError: (error) => {
      setRefused(saidBy(error));
      // Once the summary is there.
      setTimeout(showProblems, 50);
    },
  });
  return {
    save: () => mutation.mutate(undefined),
    saveAs: (settings: Settings, version: number) => mutation.mutate({ settings, version }),
    isPending: mutation.isPending,
    /** What saving said, until it is tried again. */
    refused,
    /** A failure that says nothing of the settings. */
    failure: refused === undefined ? (mutation.error ?? undefined) : undefined,
    clash,
    settle: () => setClash(undefined),
  };
}
