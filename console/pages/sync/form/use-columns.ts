/** What the newest snapshot of the draft's source has. Rows live in memory, and for a minute after they were looked at. */
import { keepPreviousData, type UseQueryResult, useQuery } from '@tanstack/react-query';
import { api, given } from '../../../api/client.ts';
import type { Columns, SourceQuestion } from '../../../api/schema.d.ts';
import type { Draft } from '../../../edit/draft.ts';
import { isSettings } from '../../../edit/pointer.ts';
import { useRested } from '../../destination/use-vocabulary.ts';

const rows = 20;

export function useColumns(draft: Draft): UseQueryResult<Columns> {
  const value = draft.get('/source');
  const source = useRested(isSettings(value) ? value : {});
  const isTold = Boolean(source['bucket']) && Boolean(source['prefix']);
  return useQuery({
    queryKey: ['columns', source],
    queryFn: async ({ signal }) => {
      // The API says what is wrong with it.
      const asked = source as unknown as SourceQuestion['source'];
      return given(await api.POST('/syncs/columns', { body: { source: asked, rows }, signal }));
    },
    enabled: isTold,
    placeholderData: keepPreviousData,
    gcTime: 60_000,
    staleTime: 60_000,
  });
}
