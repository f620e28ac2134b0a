/** What is read of syncs to say how they fare. What of it can't be read is told, and keeps no other from being shown. */
import type { Run } from '../../shared/contracts/run.ts';
import type { Sync } from '../../shared/contracts/sync.ts';
import type { SyncState } from '../../shared/contracts/sync-state.ts';
import type { Faring } from '../../shared/domain/run/plight.ts';
import { type ErrorSummary, StoredError, summarise } from '../../shared/domain/words/errors.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { ApiPorts } from './ports.ts';

export interface FaringRead extends Faring {
  /** Why its state can't be read. */
  readonly error: ErrorSummary | undefined;
}

type Ports = Pick<ApiPorts, 'runs'>;

export async function faringOf(ports: Ports, sync: Sync): Promise<FaringRead> {
  try {
    return await withRuns(ports, sync, await ports.runs.getState(sync.id));
  } catch (error) {
    if (!(error instanceof StoredError)) throw error;
    return { sync, state: undefined, open: undefined, aside: undefined, error: summarise(error) };
  }
}

const noState: SyncState = { epoch: 0, marker: false };

/** In their order, which is that of their ids: one reading for all, and one for each run that is open or was held. */
export async function faringsOf(ports: Ports, syncs: readonly Sync[]): Promise<FaringRead[]> {
  const [first, last] = [syncs[0], syncs.at(-1)];
  if (!first || !last) return [];
  const { states, unreadable } = await ports.runs.getStatesBetween(first.id, last.id);
  const errors = new Map(unreadable.map(({ id, error }) => [id, error]));
  return Promise.all(
    syncs.map(async (sync) => {
      const error = errors.get(sync.id);
      if (error) return { sync, state: undefined, open: undefined, aside: undefined, error };
      return withRuns(ports, sync, states.get(sync.id) ?? noState);
    }),
  );
}

async function withRuns({ runs }: Ports, sync: Sync, state: SyncState): Promise<FaringRead> {
  const { openRun, setAside } = state;
  const read = async (run: string | undefined): Promise<Run | undefined> =>
    run === undefined ? undefined : orSetAside(() => runs.getRun(sync.id, run));
  const [open, aside] = await Promise.all([read(openRun?.run), read(setAside?.run)]);
  return { sync, state, open, aside, error: undefined };
}
