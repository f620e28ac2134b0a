/**
 * One run through plan-run and close-run, as if every request were delivered: `ours.ts folder yesterday|today email|id`,
 * the last being what a delete names. Stores are folders; yesterday's mirror is what the run of `yesterday` left there.
 */

import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { closeRun } from '../../functions/close-run/close-run.ts';
import { planRun } from '../../functions/plan-run/plan-run.ts';
import { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { Snapshot } from '../../shared/contracts/snapshot.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { ChunkAccount } from '../../shared/domain/request/account.ts';
import { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import { storeOutcomes } from '../../shared/flow/chunk-objects.ts';
import { pinConfig } from '../../shared/flow/run-config.ts';
import type { Queue } from '../../shared/ports/queues.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { digest, randomKey, systemClock } from '../../shared/runtime/system.ts';
import { fileSnapshots, fileState } from '../../test/duckdb/file-stores.ts';
import { MemoryRunStore } from '../../test/simulation/memory/stores.ts';
import { type Day, destinationBy, exportOf, Named, stopwatch, sync, tell } from './setup.ts';

const folder = z.string().parse(process.argv[2]);
const day: Day = z.enum(['yesterday', 'today']).parse(process.argv[3]);
const named = Named.parse(process.argv[4]);
const own = join(folder, named);
const pointerFile = join(own, 'mirror.json');

await mkdir(join(own, 'state'), { recursive: true });
const state = fileState(join(own, 'state'));
const runs = new MemoryRunStore();
const queue: Queue = {
  sendPlan: async () => {},
  sendClose: async () => {},
  sendChunks: async () => {},
};
const limits = { memoryLimitMb: 1_024, scratch: join(folder, 'scratch'), state };
const ports = { runs, queue, state, clock: systemClock, digest };
const turn = { id: 'bench', remainingMs: () => 900_000 };
const tools = { records: recordTools, targets: { allowLoopbackHttp: false } };

const epoch = day === 'today' ? 2 : 1;
const run: Run = {
  sync: sync.id,
  id: `${day}-${process.pid}`,
  epoch,
  trigger: 'manual',
  task: usualTask,
  phase: 'planning',
  startedAt: 0,
  movedAt: 0,
  deadline: Number.MAX_SAFE_INTEGER,
  attempts: 0,
};
const name = `${day}.parquet`;
const snapshot: Snapshot = {
  bucket: 'exports',
  prefix: '',
  format: 'parquet',
  completedBy: 'marker',
  writtenAt: 0,
  objects: [{ key: name, etag: 'any', size: (await stat(exportOf(folder, day))).size }],
  identity: day,
};
const mirror =
  day === 'today'
    ? MirrorPointer.parse(JSON.parse(await readFile(pointerFile, 'utf8')))
    : undefined;
await pinConfig(state, run, {
  sync,
  destination: destinationBy(named),
  task: { kind: 'mirror', snapshot },
  ...(mirror && { mirror }),
});
await runs.createRun(run);
const message = { sync: run.sync, run: run.id, epoch };

const planning = stopwatch();
const engine = createPlanEngine({ ...limits, snapshots: fileSnapshots(folder) });
await planRun({ ...ports, engine, tools }, message, turn);
const plan = planning();

const planned = await runs.getRun(run.sync, run.id);
if (!planned?.plan) {
  // Nothing changed, and so there is nothing to close.
  if (planned?.result?.status !== 'succeeded') throw new Error(JSON.stringify(planned?.result));
  const close = { seconds: 0, cpuSeconds: 0 };
  tell(plan, { plan, close, insert: 0, update: 0, delete: 0 });
  process.exit();
}
const { attempt } = planned.plan;
for (const phase of ['deleting', 'upserting'] as const) {
  for (const { chunk, changes } of (await runs.listPending(run, attempt, phase)).items) {
    const account = new ChunkAccount(changes, true, []);
    const tried = { status: 200, request: 'r', attempts: 1, failures: 0, firstAt: 1, lastAt: 1 };
    account.settle({ from: 0, to: changes }, 'delivered', undefined, tried);
    const address = { sync: run.sync, run: run.id, attempt, phase, chunk };
    await storeOutcomes(state, address, account.close({ code: '', reason: '' }));
    await runs.deletePending(run, attempt, { phase, chunk });
  }
}
await runs.moveRun(run, ['deleting', 'upserting'], { phase: 'closing', at: 1 });

// What sending would have taken is none of the time.
const closing = stopwatch();
const fold = createFoldEngine({ ...limits, logs: state });
const scrubber = createScrubEngine({ ...limits, stores: { state, logs: state } });
await closeRun({ ...ports, logs: state, engine: fold, scrubber, randomKey }, message, turn);
const closed = await runs.getRun(run.sync, run.id);
const { counts, mirror: next } = closed?.result ?? {};
if (!counts || !next || closed?.status !== 'succeeded') throw new Error(JSON.stringify(closed));
const close = closing();
const took = {
  seconds: plan.seconds + close.seconds,
  cpuSeconds: plan.cpuSeconds + close.cpuSeconds,
};
tell(took, {
  plan,
  close,
  insert: counts.insert.delivered,
  update: counts.update.delivered,
  delete: counts.delete.delivered,
});
if (day === 'yesterday') await writeFile(pointerFile, JSON.stringify(next));
