import { ChunkMessage } from '../../shared/contracts/messages.ts';
import { env } from '../../shared/contracts/wiring.ts';
import { createDestinationSenders } from '../../shared/http/destination-sender.ts';
import { createGuardedSender } from '../../shared/http/guarded-sender.ts';
import { egress } from '../../shared/runtime/egress.ts';
import { setting } from '../../shared/runtime/environment.ts';
import { lazy } from '../../shared/runtime/lazy.ts';
import { measured } from '../../shared/runtime/metrics.ts';
import { queueHandler } from '../../shared/runtime/queue-handler.ts';
import { secrets, vault } from '../../shared/runtime/secrets.ts';
import { book, circuits, queue, runs, state } from '../../shared/runtime/stores.ts';
import { systemClock, systemIds } from '../../shared/runtime/system.ts';
import { deliveryTools } from '../../shared/runtime/tools.ts';
import { type SendChunkPorts, sendChunk } from './send-chunk.ts';
import { WarmMemory } from './warm.ts';

const ids = systemIds(systemClock);

const ports = lazy(
  (): SendChunkPorts => ({
    runs: runs(),
    state: state(),
    queue: queue(),
    clock: systemClock,
    circuits: circuits(),
    failures: new Map(),
    warm: new WarmMemory(),
    forbidden: new Map(),
    senderOf: createDestinationSenders({
      secrets: secrets(),
      keep: { book: book(), vault: vault(), randomId: () => ids.next() },
      clock: systemClock,
      sender: measured(createGuardedSender({ ...egress(), clock: systemClock }), systemClock),
    }),
    tools: deliveryTools(),
    random: Math.random,
  }),
);

export const handler = queueHandler(
  ChunkMessage,
  { name: 'send', url: () => setting(env.sendQueue) },
  (message, turn) => sendChunk(ports(), message, turn),
);
