/** What the platform is to hold after a run, by its task. */

import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { canaryOf } from '../../shared/domain/plan/canary.ts';
import type { PlanRules } from '../../shared/domain/plan/plan.ts';
import {
  type Delivery,
  type DeliveryTools,
  deliveryOf,
} from '../../shared/domain/request/delivery.ts';
import { sendsEverything } from '../../shared/domain/run/run.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import type { Wanted } from '../../shared/ports/plan-engine.ts';
import { type ErasePorts, keysToErase } from './keys-to-erase.ts';

export interface WantedPorts extends ErasePorts {
  readonly tools: DeliveryTools;
}

/** @throws ConfigurationError `rollback-configuration`, `erase-in-snapshot`, `erasure-over` */
export async function wantedBy(
  ports: WantedPorts,
  config: RunConfig,
  { records }: Delivery,
): Promise<Wanted> {
  const { task, sync } = config;
  switch (task.kind) {
    case 'mirror':
    case 'dry-run':
    case 'adopt': {
      const { source } = task.kind === 'adopt' ? task : sync;
      const mayLack = records.columns.filter((name) => !records.essential.includes(name));
      return { kind: 'snapshot', snapshot: task.snapshot, reading: source, mayLack };
    }
    case 'rollback':
      await refuseOtherRecords(ports, sync.id, task.to, records.fingerprint);
      return { kind: 'mirror', mirror: task.older };
    case 'empty':
      return { kind: 'nobody' };
    case 'erase':
      return { kind: 'nobody', only: await keysToErase(ports, config, task) };
  }
}

export const rulesOf = (config: RunConfig): PlanRules => {
  const { task, sync, mirror } = config;
  const isFull = sendsEverything(task, mirror);
  return {
    retryFailed: sync.retryFailed,
    sends: task.kind === 'adopt' ? 'nothing' : isFull ? 'everything' : 'differences',
    canary: canaryOf(config)?.records,
  };
};

/** Records of another configuration may say something else by the same names: a hash, say, or what was hashed. */
async function refuseOtherRecords(
  { state, tools }: WantedPorts,
  sync: string,
  to: string,
  fingerprint: string,
): Promise<void> {
  const then = await readConfig(state, { sync, id: to });
  const { records } = deliveryOf(then.destination, then.sync, tools);
  if (records.fingerprint === fingerprint) return;
  throw new ConfigurationError(
    'rollback-configuration',
    `Since the run ${to}, the mappings of the sync "${sync}" or the templates of its destination were changed, so that the records of that run are not those of today. Nothing was sent. Change them back, and roll back or simply run again.`,
  );
}
