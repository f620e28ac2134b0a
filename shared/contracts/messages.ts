/** Queue messages and invocations: pointers only, never a member's data. */

import { z } from 'zod';
import { Id, Instant } from './json.ts';
import { SendPhase, Trigger } from './run.ts';
import { RunTask, usualTask } from './task.ts';

/** The event of start-run. */
export const StartEvent = z.strictObject({
  /** Of whoever wrote it; people write none. */
  format: z.number().int().positive().optional(),
  sync: Id,
  trigger: Trigger,
  task: RunTask.default(usualTask),
});
export type StartEvent = z.infer<typeof StartEvent>;

/** A start that failed: the event itself, or what Lambda makes of it when it gave it up. */
export const FailedStart = z.union([
  StartEvent,
  z.object({ requestPayload: StartEvent }).transform(({ requestPayload }) => requestPayload),
]);
export type FailedStart = z.infer<typeof FailedStart>;

/** Where messages go that failed on every try. */
export const deadLetterQueues = ['start', 'plan', 'send', 'close'] as const;
export type DeadLetterQueue = (typeof deadLetterQueues)[number];

/** plan-run and close-run are told which run. */
export const RunMessage = z.strictObject({
  sync: Id,
  run: z.string(),
  epoch: z.number().int().positive(),
});
export type RunMessage = z.infer<typeof RunMessage>;

/** send-chunk is told which chunk of which attempt at planning. */
export const ChunkMessage = RunMessage.extend({
  attempt: z.string(),
  phase: SendPhase,
  chunk: z.number().int().nonnegative(),
  /** It only waits, until this moment: then the chunk's jobs are asked about, in its lane. */
  laterAt: Instant.optional(),
  /** Of a chunk that is sent: its jobs are to be asked about. */
  asks: z.literal(true).optional(),
});
export type ChunkMessage = z.infer<typeof ChunkMessage>;

/** The event of sweep. */
export const SweepEvent = z.strictObject({
  /** Milliseconds without movement after which a run is looked after. */
  quietMs: z.number().int().nonnegative().optional(),
  /** Nothing else is done than to tell webhooks what waits for them. */
  deliver: z.literal(true).optional(),
});
export type SweepEvent = z.infer<typeof SweepEvent>;
