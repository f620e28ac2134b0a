/** A folder of what a release stored, opened by the code of today: in one process, with nothing that moves by itself. */
import { openStores, sayTo, wireFlow } from '../../local/direct/wiring.ts';
import { followRun } from '../../local/system.ts';
import { ChunkMessage, RunMessage } from '../../shared/contracts/messages.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { summarise } from '../../shared/domain/words/errors.ts';
import { approveRun } from '../../shared/flow/approve-run.ts';
import { PartFailed } from '../../shared/flow/part-failed.ts';
import { beginRun, startRun } from '../../shared/flow/start-run.ts';
import type { Queue } from '../../shared/ports/queues.ts';
import type { OpenRun } from '../../shared/ports/runs.ts';
import { systemClock } from '../../shared/runtime/system.ts';
import { jsonOf, readMessage } from '../../shared/stored.ts';
import type { Message } from './release.ts';

export type Opened = Awaited<ReturnType<typeof openFolder>>;

/** `at`: what the clock begins with. */
export async function openFolder(folder: string, at: number) {
  const since = Date.now();
  const clock = { ...systemClock, now: () => at + Date.now() - since };
  const stores = await openStores(folder, clock);
  let isClosed = false;
  /** Codes of the steps and of the runs that failed so far. */
  const failed: string[] = [];
  const note = (error: unknown): undefined => {
    if (error instanceof AggregateError) for (const each of error.errors) note(each);
    else if (error instanceof PartFailed) note(error.cause);
    else failed.push(summarise(error).code);
  };
  const flow = wireFlow(
    stores,
    sayTo({ write: () => undefined, close: () => undefined }),
    () => note,
  );
  const ended = async (sync: string, run: string): Promise<Run> => {
    const found = await followRun(stores.runs, sync, run, undefined);
    const code = found.result?.error?.code;
    if (code !== undefined) failed.push(code);
    return found;
  };
  return {
    stores,
    failed,
    ended,
    async start(sync: string): Promise<Run | undefined> {
      const starting = startRun(flow.startPorts, { sync, trigger: 'manual', task: usualTask });
      const started = await starting.catch(note);
      return started?.run ? ended(sync, started.run) : undefined;
    },
    /** As the API approves what is held. */
    async approve(sync: string, held: string): Promise<Run> {
      const ports = flow.startPorts;
      const open = (run: OpenRun) => beginRun(ports, run);
      return ended(sync, await approveRun({ ...ports, open }, sync, held));
    },
    /** What was queued, as the consumers read it. */
    async take(messages: readonly Message[]): Promise<void> {
      for (const message of messages) await taken(flow.queue, message).catch(note);
    },
    sweep: () => flow.sweep(0).catch(note),
    /** Nothing is under way, or something failed and waits for its next try. */
    async still(): Promise<void> {
      while (!flow.queue.isIdle && failed.length === 0) await systemClock.sleep(10);
    },
    /** Safe to call twice. */
    async close(): Promise<void> {
      if (isClosed) return;
      isClosed = true;
      flow.schedules.stop();
      await flow.queue.close(1_000);
      stores.table.close();
    },
  };
}

async function taken(queue: Queue, { queue: name, body }: Message): Promise<void> {
  const json = jsonOf(body, 'message');
  if (name === 'send') {
    const message = readMessage(ChunkMessage, json, 'message');
    return queue.sendChunks([{ message, lane: 'platform#0', once: undefined }]);
  }
  const message = readMessage(RunMessage, json, 'message');
  return name === 'plan' ? queue.sendPlan(message) : queue.sendClose(message);
}
