/** Services that fail now and then, by a seed, and what ends with a test. */
import {
  type FaultName,
  type FaultyOptions,
  type RunningFaulty,
  startFaulty,
} from '../../local/aws/faulty.ts';
import { seed } from '../seed.ts';
import { Random } from '../simulation/random.ts';

export interface Faults {
  readonly before: (service: FaultyOptions['service'], endpoint: string) => Promise<string>;
  /** How often each was met. */
  readonly met: ReadonlyMap<FaultName, number>;
  close(): Promise<void>;
}

/** Before each service; all of one seed. */
export function faulty(
  shares: FaultyOptions['shares'],
  random: Pick<Random, 'next'> = new Random(seed),
): Faults {
  const met = new Map<FaultName, number>();
  const started: RunningFaulty[] = [];
  return {
    met,
    async before(service, endpoint) {
      const onFault = (fault: FaultName) => met.set(fault, (met.get(fault) ?? 0) + 1);
      const chance = () => random.next();
      const running = await startFaulty({ service, endpoint, shares, chance, slowMs: 50, onFault });
      started.push(running);
      return running.endpoint;
    },
    async close() {
      await Promise.all(started.map((each) => each.close()));
    },
  };
}
