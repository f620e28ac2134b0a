/**
 * What carries the next step of a run within one process: lanes whose messages are taken one after the other, waits
 * that hold a lane and nobody else, and tries that come ever later. Nothing of it is kept: what is pending stands in the
 * table, and sweep queues it again at the next start.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChunkMessage, DeadLetterQueue, RunMessage } from '../../shared/contracts/messages.ts';
import { type QueueName, queues } from '../../shared/contracts/wiring.ts';
import type { Progress, Turn } from '../../shared/flow/turn.ts';
import type { ChunkSend, DeadLetter, DeadLetters, Queue } from '../../shared/ports/queues.ts';

/** One step of a run, and how long its turn is. */
export interface Consumer<Message> {
  readonly step: (message: Message, turn: Turn) => Promise<Progress>;
  /** Milliseconds; a step looks at what is left and ends by itself. */
  readonly turnMs: number;
}

export interface Consumers {
  readonly plan: Consumer<RunMessage>;
  readonly send: Consumer<ChunkMessage>;
  readonly close: Consumer<RunMessage>;
}

/** Is told of each step that failed; `receives` counts the tries of this message. */
export type StepFailed = (
  queue: QueueName,
  message: object,
  error: unknown,
  receives: number,
) => void;

/** Plans, and closings, at once: each may take all the memory that DuckDB is given. */
const heavyAtOnce = 1;
/** A lane that waits looks again this soon, so that a cancelled run lets go of it. */
const longestWaitMs = 2_000;
const longestPauseMs = 300_000;

/** How often what fails is tried, and how long after each try it is tried again. */
export interface Tries {
  readonly most: (queue: QueueName) => number;
  /** Milliseconds. */
  readonly pause: (receives: number) => number;
}

const usualTries: Tries = {
  most: (queue) => queues[queue].maxReceives,
  pause: (receives) => Math.min(longestPauseMs, 1_000 * 2 ** receives),
};
/** In which a message of the same name is sent once. */
const onceMs = 300_000;

/** Messages that are taken one after the other, and whether somebody is at them. */
interface Lane {
  readonly waiting: (() => Promise<void>)[];
  isBusy: boolean;
}

export class LocalQueue implements Queue {
  readonly deadLetters = new LocalDeadLetters();
  readonly #consumers: Consumers;
  readonly #failed: StepFailed;
  readonly #lanes = new Map<string, Lane>();
  readonly #sent = new Map<string, number>();
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();

  readonly #tries: Tries;

  constructor(consumers: Consumers, failed: StepFailed, tries: Tries = usualTries) {
    this.#consumers = consumers;
    this.#failed = failed;
    this.#tries = tries;
  }

  async sendPlan(message: RunMessage): Promise<void> {
    this.#add(this.#heavyLane('plan'), () => this.#take('plan', this.#consumers.plan, message));
  }

  async sendClose(message: RunMessage, delaySeconds = 0): Promise<void> {
    const add = () =>
      this.#add(this.#heavyLane('close'), () =>
        this.#take('close', this.#consumers.close, message),
      );
    if (delaySeconds === 0) return add();
    this.#track(this.#pause(delaySeconds * 1_000).then(add));
  }

  async sendChunks(chunks: readonly ChunkSend[]): Promise<void> {
    for (const { message, lane, once } of chunks) {
      if (once !== undefined && !this.#isNew(once)) continue;
      this.#add(`send ${lane}`, () => this.#take('send', this.#consumers.send, message));
    }
  }

  /** What runs may end in its time; nothing else begins. */
  async close(graceMs: number): Promise<void> {
    this.#ending.abort();
    const ended = Promise.all(this.#running);
    await Promise.race([ended, sleep(graceMs, undefined, { ref: false })]);
  }

  /** Nothing is under way, and nothing waits. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  #heavy = 0;

  /** By turns. */
  #heavyLane(queue: 'plan' | 'close'): string {
    this.#heavy = (this.#heavy + 1) % heavyAtOnce;
    return `${queue} ${this.#heavy}`;
  }

  #isNew(once: string): boolean {
    const now = performance.now();
    for (const [name, at] of this.#sent) {
      if (at + onceMs > now) break;
      this.#sent.delete(name);
    }
    if (this.#sent.has(once)) return false;
    this.#sent.set(once, now);
    return true;
  }

  #add(name: string, work: () => Promise<void>): void {
    const lane = this.#lanes.get(name) ?? { waiting: [], isBusy: false };
    this.#lanes.set(name, lane);
    lane.waiting.push(work);
    if (!lane.isBusy) this.#track(this.#workOff(name, lane));
  }

  async #workOff(name: string, lane: Lane): Promise<void> {
    lane.isBusy = true;
    for (let next = lane.waiting.shift(); next; next = lane.waiting.shift()) {
      if (this.#ending.signal.aborted) return;
      await next();
    }
    this.#lanes.delete(name);
  }

  #track(work: Promise<void>): void {
    this.#running.add(work);
    void work.finally(() => this.#running.delete(work));
  }

  async #take<Message extends object>(
    queue: QueueName,
    { step, turnMs }: Consumer<Message>,
    message: Message,
  ): Promise<void> {
    for (let receives = 1; !this.#ending.signal.aborted; ) {
      const until = performance.now() + turnMs;
      const turn: Turn = {
        id: randomUUID(),
        remainingMs: () => Math.floor(until - performance.now()),
      };
      try {
        const progress = await step(message, turn);
        if (progress.done) return;
        const { againInMs, isAlone } = progress;
        await this.#pause(isAlone ? againInMs : Math.min(longestWaitMs, againInMs));
      } catch (error) {
        this.#failed(queue, message, error, receives);
        if (receives >= this.#tries.most(queue)) return this.deadLetters.add(queue, message);
        await this.#pause(this.#tries.pause(receives));
        receives += 1;
      }
    }
  }

  /** Or until the end, whichever comes first. */
  async #pause(milliseconds: number): Promise<void> {
    const { signal } = this.#ending;
    await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
  }
}

/** Kept in memory: what a letter stands for is found again by sweep. */
export class LocalDeadLetters implements DeadLetters {
  readonly #letters = new Map<string, DeadLetter>();

  add(queue: DeadLetterQueue, message: object): void {
    const id = randomUUID();
    const body = JSON.stringify(message);
    this.#letters.set(id, { queue, id, receipt: id, sentAt: Date.now(), body });
  }

  async take(): Promise<DeadLetter[]> {
    return [...this.#letters.values()];
  }

  async done({ id }: DeadLetter): Promise<void> {
    this.#letters.delete(id);
  }
}
