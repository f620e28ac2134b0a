/** Tells of what is stored and can't be read, once a week for as long as it is so: everything else goes on without it. */

import { openErasures } from '../../shared/contracts/layout.ts';
import { type UnreadableReport, unreadableAlert } from '../../shared/domain/run/alert.ts';
import { StoredError, summarise } from '../../shared/domain/words/errors.ts';
import { findErasure, readReceipt } from '../../shared/flow/erasure.ts';
import type { ConfigStore } from '../../shared/ports/configurations.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import type { WebhookStore } from '../../shared/ports/webhooks.ts';
import { type TellPorts, tellOnce } from './tell-once.ts';

export interface UnreadablePorts extends TellPorts {
  readonly configs: Pick<ConfigStore, 'listDestinations' | 'listSyncs'>;
  readonly runs: Pick<RunStore, 'listStates' | 'getRun'>;
  readonly state: Pick<StateStore, 'list' | 'get'>;
  readonly webhooks: Pick<WebhookStore, 'list'>;
}

export async function raiseUnreadable(ports: UnreadablePorts): Promise<void> {
  for (const report of await findUnreadable(ports)) {
    await tellOnce(ports, unreadableAlert(report, ports.clock.now()));
  }
}

async function findUnreadable(ports: UnreadablePorts): Promise<UnreadableReport[]> {
  const [destinations, syncs, webhooks, { states, unreadable }] = await Promise.all([
    ports.configs.listDestinations(),
    ports.configs.listSyncs(),
    ports.webhooks.list(),
    ports.runs.listStates(),
  ]);
  const runs = await Promise.all(
    [...states].flatMap(([sync, { openRun }]) =>
      openRun ? [openRunOf(ports, sync, openRun)] : [],
    ),
  );
  return [
    ...destinations.unreadable.map(
      (each) => ({ ...each, of: 'destination', sync: undefined }) as const,
    ),
    ...syncs.unreadable.map((each) => ({ ...each, of: 'sync', sync: each.id }) as const),
    ...webhooks.unreadable.map((each) => ({ ...each, of: 'webhook', sync: undefined }) as const),
    ...unreadable.map((each) => ({ ...each, of: 'state', sync: each.id }) as const),
    ...runs.flat(),
    ...(await erasures(ports)),
  ];
}

const openRunOf = (
  { runs }: UnreadablePorts,
  sync: string,
  { run }: { readonly run: string },
): Promise<UnreadableReport[]> =>
  looked({ of: 'run', id: run, sync }, () => runs.getRun(sync, run));

async function erasures({ state }: UnreadablePorts): Promise<UnreadableReport[]> {
  const objects = await state.list(openErasures);
  const found = await Promise.all(
    objects.map((object) => {
      const [sync = '', name = ''] = object.slice(openErasures.length).split('/');
      const id = name.replace(/\.json$/, '');
      return looked({ of: 'erasure', id, sync }, async () => {
        await findErasure(state, sync, id);
        await readReceipt(state, sync, id);
      });
    }),
  );
  return found.flat();
}

async function looked(
  about: Omit<UnreadableReport, 'error'>,
  read: () => Promise<unknown>,
): Promise<UnreadableReport[]> {
  try {
    await read();
    return [];
  } catch (error) {
    if (!(error instanceof StoredError)) throw error;
    return [{ ...about, error: summarise(error) }];
  }
}
