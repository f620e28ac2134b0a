/** What the templates of a draft name, asked of the API as they are written; and what they may call. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { api, given } from '../../api/client.ts';
import type { ActionFields } from '../../api/schema.d.ts';
import type { Draft } from '../../edit/draft.ts';
import { isSettings, type Settings } from '../../edit/pointer.ts';
import { noVocabulary, type Vocabulary } from '../../edit/vocabulary.ts';

const restMs = 400;

export interface Written {
  readonly vocabulary: Vocabulary;
  /** Undefined: its template can't be read as it stands, or was not asked for yet. */
  readonly fieldsOf: (action: ActionFields['action']) => ActionFields | undefined;
  readonly refresh: () => void;
}

export function useVocabulary(draft: Draft): Written {
  const value = draft.get('/actions');
  const actions: Settings = isSettings(value) ? value : {};
  const asked = useRested(actions);
  const query = useQuery({
    queryKey: ['fields written', asked],
    queryFn: async ({ signal }) =>
      given(await api.POST('/destinations/fields', { body: { actions: asked }, signal })),
    placeholderData: keepPreviousData,
    gcTime: 60_000,
  });
  const { data, refetch } = query;
  const vocabulary = useMemo((): Vocabulary => {
    if (!data) return noVocabulary;
    const names = <T>(pick: (each: ActionFields) => readonly T[]) => [
      ...new Set(data.items.flatMap(pick)),
    ];
    return {
      fields: names(({ fields }) => fields.map(({ name }) => name)),
      connection: names(({ connection }) => connection),
      functions: data.functions,
    };
  }, [data]);
  return {
    vocabulary,
    fieldsOf: (action) => data?.items.find((each) => each.action === action),
    refresh: () => void refetch(),
  };
}

/** The value once it has rested. */
export function useRested<T>(value: T, ms = restMs): T {
  const [rested, setRested] = useState(value);
  const text = JSON.stringify(value);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a value that says the same is the same
  useEffect(() => {
    const soon = setTimeout(() => setRested(value), ms);
    return () => clearTimeout(soon);
  }, [text, ms]);
  return rested;
}
