/** What a chunk costs, whatever it holds: the calls to AWS that its sender makes once it is warm. */
import { expect, test } from 'vitest';
import { sendChunk } from '../../functions/send-chunk/send-chunk.ts';
import { WarmMemory } from '../../functions/send-chunk/warm.ts';
import { chunkObject } from '../../shared/contracts/layout.ts';
import { type ChunkLine, QuickChunkLine } from '../../shared/contracts/plan.ts';
import { Run } from '../../shared/contracts/run.ts';
import { RunConfig } from '../../shared/contracts/run-config.ts';
import { pinConfig } from '../../shared/flow/run-config.ts';
import { writeLines } from '../../shared/lines.ts';
import type { ChunkSend } from '../../shared/ports/queues.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { noCounts } from '../no-counts.ts';
import { plainMapping } from '../simulation/audience.ts';
import {
  MemoryCircuitStore,
  MemoryRunStore,
  MemoryStateStore,
} from '../simulation/memory/stores.ts';
import { destinationOf, syncOf } from '../simulation/settings.ts';
import { snapshotOf } from '../snapshot-of.ts';

const chunks = 12;
const run = Run.parse({
  sync: 's',
  id: 'run1',
  epoch: 1,
  trigger: 'manual',
  phase: 'upserting',
  startedAt: 0,
  movedAt: 0,
  deadline: 1e9,
  attempts: 1,
  accepted: true,
  plan: { attempt: 'p1', chunks: { deleting: 0, upserting: chunks }, counts: noCounts },
});
const script = { id: 's', lanes: 2, batchSize: 2, retryFailed: true };
const config = RunConfig.parse({
  destination: { ...destinationOf(script), version: 1 },
  sync: { ...syncOf(script, plainMapping), version: 1 },
  task: { kind: 'mirror', snapshot: snapshotOf('ndjson', []) },
});

/** The store, and the names of its methods as they are called. */
function counted<T extends object>(store: T, calls: string[]): T {
  return new Proxy(store, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (typeof value !== 'function') return value;
      return (...given: unknown[]) => {
        calls.push(String(name));
        return Reflect.apply(value, target, given);
      };
    },
  });
}

test('five calls a chunk, and a look at what is left only where no other follows', async () => {
  const [runs, state] = [new MemoryRunStore(), new MemoryStateStore()];
  await runs.createRun(run);
  await pinConfig(state, run, config);
  const address = { sync: 's', run: 'run1', attempt: 'p1', phase: 'upserting' } as const;
  for (let chunk = 0; chunk < chunks; chunk++) {
    const lines = [0, 1, 2].map(
      (at): ChunkLine => ({
        key: `m${chunk}-${at}`,
        action: 'insert',
        record: JSON.stringify({ id: `m${chunk}-${at}` }),
      }),
    );
    await state.put(
      chunkObject({ ...address, chunk }),
      writeLines(QuickChunkLine, lines, 'a chunk'),
    );
    const pending = { phase: 'upserting', chunk, changes: lines.length, tries: 0, clean: true };
    await runs.putPending(run, 'p1', [{ ...pending, phase: 'upserting' }]);
  }
  const calls: string[] = [];
  const queued: ChunkSend[] = [];
  const ports = {
    runs: counted(runs, calls),
    state: counted(state, calls),
    circuits: counted(new MemoryCircuitStore(), calls),
    queue: counted(
      {
        sendPlan: async () => {},
        sendClose: async () => {},
        sendChunks: async (sent: readonly ChunkSend[]) => void queued.push(...sent),
      },
      calls,
    ),
    clock: { now: () => 1_000, sleep: async () => {} },
    senderOf: () => ({
      send: async () => ({
        kind: 'answer' as const,
        status: 200,
        headers: {},
        body: new Uint8Array(),
        truncated: false,
      }),
    }),
    tools: { records: recordTools, targets: { allowLoopbackHttp: false } },
    failures: new Map(),
    forbidden: new Map(),
    warm: new WarmMemory(),
    random: () => 0,
  };
  const costs: string[][] = [];
  for (let chunk = 0; chunk < chunks; chunk++) {
    calls.length = 0;
    const message = { ...address, epoch: 1, chunk };
    await sendChunk(ports, message, { id: `t${chunk}`, remainingMs: () => 300_000 });
    costs.push([...calls]);
  }
  const usual = ['claimChunk', 'get', 'putIfAbsent', 'deletePending', 'sendChunks'];
  // The window of two lanes: what the last chunks are followed by is the end of the phase.
  for (const cost of costs.slice(1, chunks - 4)) expect(cost).toEqual(usual);
  for (const cost of costs.slice(chunks - 4, chunks - 1))
    expect(cost).toEqual([...usual.slice(0, 4), 'sendChunks', 'listPending']);
  expect(queued.map(({ message }) => message.chunk)).toEqual([4, 5, 6, 7, 8, 9, 10, 11]);
  expect((await runs.getRun('s', 'run1'))?.phase).toBe('closing');
});
