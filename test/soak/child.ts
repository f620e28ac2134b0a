/** The soaked process as its parent holds it: started, ordered about, frozen and killed. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { z } from 'zod';
import { type Order, Report } from './orders.ts';

type Said = z.infer<typeof Report>;

export class Soaked {
  readonly #folder: string;
  readonly #waiting = new Map<number, (said: Said) => void>();
  #child: ChildProcess | undefined;
  #orders = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Until it is ready. */
  async start(): Promise<void> {
    const child = fork(fileURLToPath(new URL('process.ts', import.meta.url)), [this.#folder]);
    this.#child = child;
    const ready = new Promise<void>((resolve, reject) => {
      this.#waiting.set(0, () => resolve());
      child.once('exit', (code) => reject(new Error(`It ended with ${code} before it was ready.`)));
    });
    child.on('message', (message) => {
      const said = Report.parse(message);
      this.#waiting.get(said.number)?.(said);
      this.#waiting.delete(said.number);
    });
    await ready;
    child.removeAllListeners('exit');
  }

  /** Nothing comes of it where the process dies meanwhile. */
  tell(order: z.input<typeof Order>): Promise<Said> {
    this.#orders += 1;
    const number = this.#orders;
    const said = new Promise<Said>((resolve) => this.#waiting.set(number, resolve));
    this.#child?.send({ number, order });
    return said;
  }

  freeze(isFrozen: boolean): void {
    this.#child?.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT');
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    this.#waiting.clear();
  }

  /** Mebibytes that it holds. */
  get memoryMiB(): number {
    try {
      const text = readFileSync(`/proc/${this.#child?.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(text)?.[1] ?? 0) / 1_024);
    } catch {
      return 0;
    }
  }
}
