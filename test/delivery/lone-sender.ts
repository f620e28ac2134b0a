/** What a chunk's sender shares with others, of one that is alone. */
import { Acceptance } from '../../functions/send-chunk/acceptance.ts';
import { Circuit } from '../../functions/send-chunk/circuit.ts';
import type { Clock } from '../../shared/ports/world.ts';
import { MemoryCircuitStore, MemoryRunStore } from '../simulation/memory/stores.ts';

export const loneSender = (
  clock: Clock,
  destination: { id: string; version: number; circuitAfter: number },
  isAccepted = false,
) => ({
  circuit: new Circuit(
    {
      clock,
      circuits: new MemoryCircuitStore(),
      runs: new MemoryRunStore(),
      failures: new Map(),
    },
    { destination, by: { sync: 'audience', run: 'r' }, timeoutMs: 30_000 },
  ),
  acceptance: new Acceptance(
    {
      run: 'r',
      forbidden: new Map(),
      isOnlyChunk: true,
      isNoted: async () => false,
      note: async () => {},
    },
    isAccepted,
  ),
});
