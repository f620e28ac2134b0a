/**
 * The processes of one function: started when first needed, reused while warm, ended when idle. A reservation is the
 * right to run one invocation; there are as many as processes, so whoever holds one need not wait.
 */
import { rm } from 'node:fs/promises';
import { type FunctionError, hostClosed } from './function-error.ts';
import type { Prepared } from './preparation.ts';
import { FunctionProcess } from './process.ts';

export interface PoolOptions {
  /** Processes at once. */
  readonly limit: number;
  /** A process without work for this long ends. */
  readonly idleMs: number;
  /** For a new process. */
  readonly prepare: () => Prepared;
  readonly onStart: (pid: number) => void;
  readonly onGone: (pid: number) => void;
}

export interface Finished {
  readonly result: unknown;
  /** How long a new process took to be ready; undefined where it was warm. */
  readonly initMs: number | undefined;
}

export interface Reservation {
  /** Once only; it also gives the reservation back. @throws FunctionError */
  run(requestId: string, event: unknown): Promise<Finished>;
  /** Gives it back unused. */
  release(): void;
}

export class Pool {
  readonly #options: PoolOptions;
  readonly #idle: { process: FunctionProcess; timer: NodeJS.Timeout }[] = [];
  readonly #all = new Set<FunctionProcess>();
  readonly #waiting: { resolve(): void; reject(error: FunctionError): void }[] = [];
  #free: number;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#free = options.limit;
  }

  /** In the order of asking. @throws FunctionError once the pool is closed */
  async reserve(): Promise<Reservation> {
    if (this.#closed) throw hostClosed();
    if (this.#free > 0) this.#free--;
    else {
      await new Promise<void>((resolve, reject) => this.#waiting.push({ resolve, reject }));
    }
    let held = true;
    const release = () => {
      if (held) this.#giveBack();
      held = false;
    };
    return {
      release,
      run: (requestId, event) => this.#run(requestId, event).finally(release),
    };
  }

  /** Nothing new from now on; what is under way goes on. */
  stop(): void {
    this.#closed = true;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(hostClosed());
  }

  /** Ends idle processes, kills the others, and waits until all are gone. */
  async close(): Promise<void> {
    this.stop();
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all(idle.map(({ process }) => process.end()));
    const busy = [...this.#all];
    for (const process of busy) process.kill(hostClosed());
    await Promise.all(busy.map((process) => process.gone));
  }

  #giveBack(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free++;
    else next.resolve();
  }

  async #run(requestId: string, event: unknown): Promise<Finished> {
    const begun = performance.now();
    const warm = this.#takeIdle();
    const process = warm ?? (await this.#start());
    const initMs = warm === undefined ? performance.now() - begun : undefined;
    try {
      return { result: await process.run(requestId, event), initMs };
    } finally {
      this.#keep(process);
    }
  }

  #takeIdle(): FunctionProcess | undefined {
    for (let last = this.#idle.pop(); last !== undefined; last = this.#idle.pop()) {
      clearTimeout(last.timer);
      if (last.process.alive) return last.process;
    }
    return undefined;
  }

  async #start(): Promise<FunctionProcess> {
    // Who reserved just before the close: whatever started now, nobody would end.
    if (this.#closed) throw hostClosed();
    const { spec, scratch } = this.#options.prepare();
    const process = new FunctionProcess(spec);
    const { pid } = process;
    this.#all.add(process);
    if (pid !== undefined) this.#options.onStart(pid);
    void process.gone.then(() => {
      this.#all.delete(process);
      if (pid !== undefined) this.#options.onGone(pid);
      return rm(scratch, { recursive: true, force: true }).catch(() => undefined);
    });
    try {
      await process.ready();
      return process;
    } catch (error) {
      void process.end();
      throw error;
    }
  }

  /** Also after an error of the handler, as on Lambda: only time-out and crash cost the process. */
  #keep(process: FunctionProcess): void {
    if (!process.alive) return;
    if (this.#closed) return void process.end();
    const timer = setTimeout(() => {
      this.#idle.splice(
        this.#idle.findIndex((idle) => idle.process === process),
        1,
      );
      void process.end();
    }, this.#options.idleMs);
    timer.unref();
    this.#idle.push({ process, timer });
  }
}
