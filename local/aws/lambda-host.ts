/**
 * The Lambda host: runs the functions' own handler files, each in processes of its own, with Lambda's semantics: only the
 * environment it was given, one invocation at a time in a process, warm processes reused, killed at its time-out, and
 * queues as event sources. Not imitated: a process is not frozen between invocations, and its memory limit holds for
 * JavaScript's heap alone.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SQSClient } from '@aws-sdk/client-sqs';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { ClientConfig } from './identity.ts';
import { type EventSource, startEventSource } from './lambda/event-source.ts';
import { FunctionError, hostClosed } from './lambda/function-error.ts';
import { killLeftovers, openRegister, type Register } from './lambda/leftovers.ts';
import { fileLog, hostLine, type LogSink } from './lambda/log.ts';
import { Pool, type Reservation } from './lambda/pool.ts';
import { type FunctionDefinition, preparation } from './lambda/preparation.ts';
import type { RunningQueue } from './sqs.ts';

export type { FunctionDefinition } from './lambda/preparation.ts';

export interface EventSources {
  readonly client: ClientConfig;
  readonly queues: readonly RunningQueue[];
}

export interface InvocationReport {
  readonly functionName: string;
  readonly requestId: string;
  /** What it was given. */
  readonly event: unknown;
  /** Milliseconds, the start of a new process included. */
  readonly durationMs: number;
  /** What starting the process took; undefined where it was warm. */
  readonly initMs?: number;
  readonly error?: FunctionError;
}

/** Of each function, at once. */
export const embeddedProcesses = 16;

export interface LambdaHostOptions {
  /** For logs, scratch folders and the register of processes; one host at a time may use it. */
  readonly folder: string;
  readonly functions: Readonly<Record<string, FunctionDefinition>>;
  readonly eventSources?: EventSources;
  /** Processes at once of one function, whatever its queue would allow. @default 16 */
  readonly maxProcesses?: number;
  /** A process without work for this long ends. @default 60,000 */
  readonly idleMs?: number;
  /** Waits before the tries after a failed asynchronous invocation. @default 60,000 and 120,000, as Lambda */
  readonly retryDelaysMs?: readonly number[];
  /** @default one file a function, in `folder`/logs */
  readonly log?: LogSink;
  readonly onInvocation?: (report: InvocationReport) => void;
  /** What failed on every try of an asynchronous invocation. @default its log alone tells */
  readonly onGivenUp?: (name: string, event: unknown) => Promise<void>;
  /** This machine's, of which very little is passed on. @default process.env */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}

export interface LambdaHost {
  /** Runs it once. @throws FunctionError; ConfigurationError `function-unknown` */
  invoke(name: string, event: unknown): Promise<unknown>;
  /** Resolves when it was done or, after the last try, given up (which its log tells). Rejects only once the host is closed, and then it may be tried again. @throws ConfigurationError `function-unknown` */
  invokeAsync(name: string, event: unknown): Promise<void>;
  /** Invocations under way. */
  running(): number;
  /** Processes that an earlier host had left on this folder, and that this one killed. */
  readonly leftovers: readonly number[];
  /** Receives no more, gives what is under way `graceMs` (default 5,000) to end, then kills it. */
  close(graceMs?: number): Promise<void>;
}

export async function startLambdaHost(options: LambdaHostOptions): Promise<LambdaHost> {
  const registerFolder = join(options.folder, 'processes');
  const leftovers = await killLeftovers(registerFolder);
  rmSync(join(options.folder, 'scratch'), { recursive: true, force: true });
  const log = options.log ?? fileLog(join(options.folder, 'logs'));
  const host = new Host(options, openRegister(registerFolder), log);
  host.startEventSources();
  return {
    invoke: (name, event) => host.invoke(name, event),
    invokeAsync: (name, event) => host.invokeAsync(name, event),
    running: () => host.running,
    leftovers,
    close: async (graceMs = 5_000) => {
      await host.close(graceMs);
      if (options.log === undefined) log.close();
    },
  };
}

class Host {
  running = 0;
  readonly #options: LambdaHostOptions;
  readonly #log: LogSink;
  readonly #pools: ReadonlyMap<string, Pool>;
  readonly #closing = new AbortController();
  readonly #client: SQSClient | undefined;
  #sources: EventSource[] = [];
  #whenIdle: (() => void) | undefined;

  constructor(options: LambdaHostOptions, register: Register, log: LogSink) {
    this.#options = options;
    this.#log = log;
    const { eventSources, folder } = options;
    const machine = { folder, environment: options.environment ?? process.env };
    this.#client = eventSources && new SQSClient(eventSources.client);
    this.#pools = new Map(
      Object.entries(options.functions).map(([name, definition]) => [
        name,
        new Pool({
          limit: options.maxProcesses ?? embeddedProcesses,
          idleMs: options.idleMs ?? 60_000,
          prepare: preparation(name, definition, machine, log),
          onStart: (pid) => register.add(pid),
          onGone: (pid) => register.remove(pid),
        }),
      ]),
    );
  }

  startEventSources(): void {
    const client = this.#client;
    if (client === undefined) return;
    const queues = this.#options.eventSources?.queues ?? [];
    this.#sources = queues.map((queue) => {
      const name = queue.consumer;
      const pool = this.#pool(name);
      return startEventSource({
        client,
        queue,
        reserve: () => pool.reserve(),
        run: (place, event) => this.#run(name, place, event),
        warn: (message, detail) => this.#log.write(name, hostLine(message, detail)),
      });
    });
  }

  async invoke(name: string, event: unknown): Promise<unknown> {
    return this.#run(name, await this.#pool(name).reserve(), event);
  }

  async invokeAsync(name: string, event: unknown): Promise<void> {
    const pool = this.#pool(name);
    const delays = this.#options.retryDelaysMs ?? [60_000, 120_000];
    for (let tries = 0; ; tries++) {
      const place = await pool.reserve();
      const done = await this.#run(name, place, event).then(
        () => true,
        () => false,
      );
      if (done) return;
      if (this.#closing.signal.aborted) throw hostClosed();
      const delay = delays[tries];
      if (delay === undefined) break;
      await sleep(delay, undefined, { signal: this.#closing.signal }).catch(() => undefined);
    }
    this.#log.write(
      name,
      hostLine('Gave up an asynchronous invocation', { tries: delays.length + 1 }),
    );
    await this.#options.onGivenUp?.(name, event);
  }

  async close(graceMs: number): Promise<void> {
    this.#closing.abort();
    for (const source of this.#sources) source.stop();
    for (const pool of this.#pools.values()) pool.stop();
    await this.#idleFor(graceMs);
    await Promise.all([...this.#pools.values()].map((pool) => pool.close()));
    await Promise.all(this.#sources.map((source) => source.stopped));
    this.#client?.destroy();
  }

  async #run(functionName: string, place: Reservation, event: unknown): Promise<unknown> {
    const requestId = randomUUID();
    const begun = performance.now();
    const report = { functionName, requestId, event };
    this.running++;
    try {
      const { result, initMs } = await place.run(requestId, event);
      const durationMs = performance.now() - begun;
      this.#report({ ...report, durationMs, ...(initMs === undefined ? {} : { initMs }) });
      return result;
    } catch (thrown) {
      const error = thrown instanceof FunctionError ? thrown : unexpected(thrown);
      this.#report({ ...report, durationMs: performance.now() - begun, error });
      throw error;
    } finally {
      if (--this.running === 0) this.#whenIdle?.();
    }
  }

  #report(report: InvocationReport): void {
    const { functionName, requestId, error } = report;
    if (error !== undefined) {
      const { errorType, message: errorMessage, trace } = error;
      const detail = { requestId, errorType, errorMessage, trace };
      this.#log.write(functionName, hostLine('Invocation failed', detail));
    }
    this.#options.onInvocation?.(report);
  }

  #pool(name: string): Pool {
    const pool = this.#pools.get(name);
    if (pool === undefined) {
      const known = [...this.#pools.keys()].join(', ');
      throw new ConfigurationError(
        'function-unknown',
        `There is no function ${name}. Name one of: ${known}.`,
      );
    }
    return pool;
  }

  async #idleFor(graceMs: number): Promise<void> {
    if (this.running === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
    });
    await Promise.race([idle, sleep(graceMs, undefined, { ref: false })]);
  }
}

function unexpected(thrown: unknown): FunctionError {
  const message = thrown instanceof Error ? thrown.message : typeof thrown;
  return new FunctionError('Host.Error', message);
}
