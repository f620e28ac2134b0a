/**
 * The embedded EventBridge Scheduler: on 127.0.0.1 alone, for real AWS SDK clients. It keeps rate, cron and one-time schedules
 * of functions, and fires them for real. A time comes up to the second (AWS: up to the minute), a flexible window is used at its
 * very start, and a dead-letter queue is taken note of but not used.
 */
import { createServer } from 'node:http';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import { guarded, listening } from '../loopback.ts';
import { serviceGuard } from './identity.ts';
import { schedulerApi } from './scheduler/api.ts';
import { Book } from './scheduler/book.ts';
import { Delivery } from './scheduler/delivery.ts';
import { Definition } from './scheduler/schedule.ts';

export interface SchedulerOptions {
  /** Where the schedules are kept; in memory without it. One scheduler at a time may use it. */
  readonly folder?: string;
  /** @default any free port */
  readonly port?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
  /** Gives the target the input, a JSON text. A time counts as done when this resolves; after a rejection it is tried again. */
  readonly invoke: (targetArn: string, input: string) => Promise<void>;
  /** Milliseconds to wait after the n-th failure. @default 1 s, doubling up to a minute */
  readonly retryDelayMs?: (failures: number) => number;
  /** @default nobody is told */
  readonly warn?: (message: string, detail: Readonly<Record<string, unknown>>) => void;
}

export interface RunningScheduler {
  readonly endpoint: string;
  /** Fires what is due by now, without waiting for the timer: for a clock that was moved. */
  look(): void;
  /** Makes the group where there is none. */
  addGroup(name: string): void;
  /** A schedule of the product's own, in the group `embedded`: made anew, so that a rate begins at once. */
  replace(name: string, expression: string, targetArn: string): void;
  /** Fires no more; invocations under way are still noted when they end. */
  stop(): void;
  /** Stops, and resolves when no invocation is under way. */
  close(): Promise<void>;
}

export async function startScheduler(options: SchedulerOptions): Promise<RunningScheduler> {
  const now = options.now ?? Date.now;
  const book = new Book(options.folder && join(options.folder, 'schedules.json'));
  const delivery = new Delivery({
    book,
    now,
    invoke: options.invoke,
    retryDelayMs: options.retryDelayMs ?? ((failures) => Math.min(60_000, 500 * 2 ** failures)),
    warn: options.warn ?? (() => undefined),
  });
  const api = schedulerApi({ book, now, changed: () => delivery.look() });
  const take = getRequestListener(api.fetch, { overrideGlobalObjects: false });
  const guard = serviceGuard('application/json');
  const server = createServer(guarded((...call) => void take(...call), guard));
  const { endpoint, close } = await listening(server, options.port);
  delivery.start();
  return {
    endpoint,
    look: () => delivery.look(),
    addGroup: (name) => {
      if (!book.hasGroup(name)) book.addGroup(name);
    },
    replace: (name, expression, targetArn) => {
      book.replace('embedded', name, ownDefinition(expression, targetArn), now());
      delivery.look();
    },
    stop: () => delivery.stop(),
    close: async () => {
      delivery.stop();
      await close();
      await delivery.settled();
    },
  };
}

function ownDefinition(expression: string, targetArn: string): Definition {
  return Definition.parse({
    ScheduleExpression: expression,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: { Arn: targetArn, RoleArn: 'embedded' },
  });
}
