/** What the pages ask for, by the name under which it is kept; how often it is asked again. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, given } from './client.ts';
import { maySee } from './reach.ts';
import type { Run, Sync, Unreadable } from './schema.d.ts';

const seconds = 1_000;
export const pace = { open: 1 * seconds, moving: 5 * seconds, quiet: 30 * seconds } as const;

export interface AllSyncs {
  readonly items: readonly Sync[];
  readonly unreadable: readonly Unreadable[];
}

async function readSyncs(): Promise<AllSyncs> {
  const items: Sync[] = [];
  const unreadable: Unreadable[] = [];
  for (let after: string | undefined; ; ) {
    const page = given(
      await api.GET('/syncs', { params: { query: { limit: '100', ...(after && { after }) } } }),
    );
    items.push(...page.items);
    unreadable.push(...(page.unreadable ?? []));
    after = page.next;
    if (after === undefined) return { items, unreadable };
  }
}

const isMoving = (syncs: AllSyncs | undefined) =>
  syncs?.items.some(({ status }) => status.openRun !== undefined) ?? false;

export const syncsQuery = queryOptions({
  queryKey: ['syncs'],
  queryFn: readSyncs,
  refetchInterval: ({ state }) => (isMoving(state.data) ? pace.moving : pace.quiet),
});

export interface RunWanted {
  readonly status?: Run['status'] | undefined;
  readonly sync?: string | undefined;
}

export const allRunsQuery = ({ status, sync }: RunWanted) =>
  infiniteQueryOptions({
    queryKey: ['runs', 'all', status, sync],
    queryFn: async ({ pageParam }) =>
      given(
        await api.GET('/runs', {
          params: {
            query: {
              limit: '50',
              ...(status && { status }),
              ...(sync && { sync }),
              ...(pageParam && { after: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: pace.quiet,
  });

export const syncQuery = (id: string) =>
  queryOptions({
    queryKey: ['sync', id],
    queryFn: async () => {
      const answer = await api.GET('/syncs/{id}', { params: { path: { id } } });
      return given(answer);
    },
    refetchInterval: ({ state }) =>
      state.data?.status.openRun === undefined ? pace.quiet : pace.open,
  });

export const runsQuery = (id: string, status?: Run['status']) =>
  infiniteQueryOptions({
    queryKey: ['sync', id, 'runs', status],
    queryFn: async ({ pageParam }) =>
      given(
        await api.GET('/syncs/{id}/runs', {
          params: {
            path: { id },
            query: {
              limit: '60',
              ...(status && { status }),
              ...(pageParam && { after: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    refetchInterval: ({ state }) =>
      state.data?.pages[0]?.items.some(({ phase }) => phase !== 'closed')
        ? pace.moving
        : pace.quiet,
  });

/** A run as it was told last, and the tag of that. */
interface Told {
  readonly run: Run;
  readonly tag: string | undefined;
}

const toldRuns = new Map<string, Told>();

/** A gateway ends calls at 30 seconds. */
const waitSeconds = '25';

/** Of an open run that was told before, the answer comes as soon as there is another; of none it is what was told. */
async function readRun(id: string, run: string, signal: AbortSignal): Promise<Run> {
  const place = `${id}/${run}`;
  const before = toldRuns.get(place);
  const known = before?.run.phase === 'closed' ? undefined : before?.tag;
  const answer = await api.GET('/syncs/{id}/runs/{run}', {
    params: { path: { id, run }, query: known === undefined ? {} : { wait: waitSeconds } },
    ...(known !== undefined && { headers: { 'if-none-match': known } }),
    signal,
  });
  if (answer.response.status === 304 && before) return before.run;
  const found = given(answer);
  toldRuns.set(place, { run: found, tag: answer.response.headers.get('etag') ?? undefined });
  return found;
}

export const runQuery = (id: string, run: string) =>
  queryOptions({
    queryKey: ['sync', id, 'run', run],
    queryFn: ({ signal }) => readRun(id, run, signal),
    refetchInterval: ({ state }) => (state.data?.phase === 'closed' ? false : pace.open),
  });

export const reportQuery = (id: string, run: string) =>
  queryOptions({
    queryKey: ['sync', id, 'report', run],
    queryFn: async () =>
      given(await api.GET('/syncs/{id}/runs/{run}/report', { params: { path: { id, run } } })),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 60 * seconds,
  });

export interface RecordsWanted {
  readonly outcome?: 'delivered' | 'rejected' | 'uncertain' | 'unsent' | 'invalid' | 'failed';
  readonly action?: 'insert' | 'reinsert' | 'update' | 'delete' | 'none';
  readonly code?: string;
}

export const recordsQuery = (id: string, run: string, wanted: RecordsWanted, enabled = true) =>
  infiniteQueryOptions({
    queryKey: ['sync', id, 'records', run, wanted],
    queryFn: async ({ pageParam }) =>
      given(
        await api.GET('/syncs/{id}/runs/{run}/records', {
          params: {
            path: { id, run },
            query: { limit: '200', ...wanted, ...(pageParam && { after: pageParam }) },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    enabled,
    placeholderData: keepPreviousData,
    // Of people: in memory only, and not for long.
    gcTime: 60 * seconds,
  });

export const destinationsQuery = queryOptions({
  queryKey: ['destinations'],
  queryFn: async () =>
    given(await api.GET('/destinations', { params: { query: { limit: '100' } } })),
});

export const destinationQuery = (id: string) =>
  queryOptions({
    queryKey: ['destination', id],
    queryFn: async () => given(await api.GET('/destinations/{id}', { params: { path: { id } } })),
  });

export const auditQuery = (thing: string | undefined) =>
  infiniteQueryOptions({
    queryKey: ['audit', thing],
    queryFn: async ({ pageParam }) =>
      given(
        await api.GET('/audit', {
          params: {
            query: {
              limit: '50',
              ...(thing && { thing }),
              ...(pageParam && { after: pageParam }),
            },
          },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
  });

/** Who changed it last, and when. */
export const newestChangeQuery = (thing: string) =>
  queryOptions({
    queryKey: ['audit', thing, 'newest'],
    queryFn: async () => {
      const page = given(await api.GET('/audit', { params: { query: { limit: '1', thing } } }));
      return page.items[0] ?? null;
    },
    staleTime: 0,
  });

export const presetsQuery = queryOptions({
  queryKey: ['presets'],
  queryFn: async () => given(await api.GET('/presets')),
  staleTime: Number.POSITIVE_INFINITY,
});

export const presetQuery = (id: string) =>
  queryOptions({
    queryKey: ['preset', id],
    queryFn: async () => given(await api.GET('/presets/{id}', { params: { path: { id } } })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** Of templates that are saved. */
export const fieldsQuery = (id: string) =>
  queryOptions({
    queryKey: ['destination', id, 'fields'],
    queryFn: async () =>
      given(await api.GET('/destinations/{id}/fields', { params: { path: { id } } })),
  });

export const erasuresQuery = (id: string) =>
  queryOptions({
    queryKey: ['sync', id, 'erasures'],
    queryFn: async () =>
      given(
        await api.GET('/syncs/{id}/erasures', {
          params: { path: { id }, query: { limit: '20' } },
        }),
      ),
    refetchInterval: ({ state }) =>
      state.data?.items.some((each) => each.state === 'waiting') ? pace.moving : false,
  });

export const helpQuery = (code: string) =>
  queryOptions({
    queryKey: ['help', code],
    queryFn: async () =>
      given(await api.GET('/problems/{code}', { params: { path: { code } }, parseAs: 'text' })),
    staleTime: Number.POSITIVE_INFINITY,
  });

/** The record's request made again, and what the platform answered. */
export const recordQuery = (id: string, run: string, place: string) =>
  queryOptions({
    queryKey: ['sync', id, 'record', run, place],
    queryFn: async () =>
      given(
        await api.GET('/syncs/{id}/runs/{run}/records/{place}', {
          params: { path: { id, run, place } },
        }),
      ),
    gcTime: 60 * seconds,
  });

/** In every run whose log is kept. The key goes in the body: no address and no log of requests has it. */
export const personQuery = (id: string, key: string) =>
  infiniteQueryOptions({
    queryKey: ['sync', id, 'person', key],
    queryFn: async ({ pageParam }) =>
      given(
        await api.POST('/syncs/{id}/records/search', {
          params: { path: { id } },
          body: { key, ...(pageParam && { after: pageParam }) },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: ({ next }) => next,
    gcTime: 60 * seconds,
  });

/** The first changes of a plan that is held. */
export const samplesQuery = (id: string, run: string, action: 'insert' | 'update' | 'delete') =>
  queryOptions({
    queryKey: ['sync', id, 'samples', run, action],
    queryFn: async () =>
      given(
        await api.GET('/syncs/{id}/runs/{run}/samples', {
          params: { path: { id, run }, query: { action, limit: '20' } },
        }),
      ),
    gcTime: 60 * seconds,
  });

export const meQuery = queryOptions({
  queryKey: ['me'],
  queryFn: async () => {
    const me = given(await api.GET('/me'));
    maySee(me.scopes.includes('write'));
    return me;
  },
  staleTime: Number.POSITIVE_INFINITY,
});
