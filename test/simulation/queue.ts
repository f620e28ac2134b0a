/**
 * Queues as SQS keeps them: at least once, a visibility time-out, one message of a group at a time, dead letters.
 * Each delivery is a process of the world.
 */

import type { ChunkMessage, DeadLetterQueue, RunMessage } from '../../shared/contracts/messages.ts';
import { functions, heldSeconds, type QueueName, queues } from '../../shared/contracts/wiring.ts';
import type { Progress } from '../../shared/flow/turn.ts';
import type { ChunkSend, DeadLetter, DeadLetters, Queue } from '../../shared/ports/queues.ts';
import type { Process, World } from './world.ts';

interface Message {
  readonly body: RunMessage | ChunkMessage;
  readonly sentAt: number;
  readonly group: string | undefined;
  readonly order: number;
  visibleAt: number;
  receives: number;
  inFlight: boolean;
}

export type Consumer = (process: Process, body: never) => Promise<Progress>;

/** Shares of messages that meet a fault of the queue itself. */
export interface QueueFaults {
  /** Delivered once more, at the same time or later. */
  duplicate: number;
  /** Delivered late. */
  delay: number;
  /** Receives before a message is given up, of every queue. @default as the wiring has it */
  maxReceives: number | undefined;
}

const deduplicationMs = 300_000;
/** In which a letter that was taken is nobody else's. */
const letterMs = 240_000;

/** What failed on every try, until somebody settles it. */
class SimulatedDeadLetters implements DeadLetters {
  readonly #world: World;
  readonly #letters = new Map<string, DeadLetter & { hiddenUntil: number }>();
  /** Of those that were settled. */
  readonly settled: string[] = [];
  #count = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get length(): number {
    return this.#letters.size;
  }

  add(queue: DeadLetterQueue, body: object, sentAt: number): void {
    this.#world.count('message-dead-lettered');
    const id = `letter${++this.#count}`;
    const text = JSON.stringify(body);
    this.#letters.set(id, { queue, id, receipt: id, sentAt, body: text, hiddenUntil: 0 });
  }

  async take(): Promise<DeadLetter[]> {
    const now = this.#world.now();
    const free = [...this.#letters.values()].filter(({ hiddenUntil }) => hiddenUntil <= now);
    for (const letter of free) letter.hiddenUntil = now + letterMs;
    return free.map(({ hiddenUntil: _, ...letter }) => letter);
  }

  async done({ id }: DeadLetter): Promise<void> {
    this.#letters.delete(id);
    this.settled.push(id);
  }
}

export class SimulatedQueues implements Queue {
  readonly faults: QueueFaults = { duplicate: 0, delay: 0, maxReceives: undefined };
  readonly deadLetters: SimulatedDeadLetters;
  readonly #world: World;
  readonly #consumers: Record<QueueName, Consumer>;
  readonly #messages: Record<QueueName, Message[]> = { plan: [], send: [], close: [] };
  readonly #seen = new Map<string, number>();
  #order = 0;

  constructor(world: World, consumers: Record<QueueName, Consumer>) {
    this.#world = world;
    this.#consumers = consumers;
    this.deadLetters = new SimulatedDeadLetters(world);
  }

  async sendPlan(message: RunMessage): Promise<void> {
    this.#send('plan', message, undefined, 0);
  }

  async sendClose(message: RunMessage, delaySeconds = 0): Promise<void> {
    this.#send('close', message, undefined, delaySeconds * 1000);
  }

  async sendChunks(chunks: readonly ChunkSend[]): Promise<void> {
    for (const { message, lane, once } of chunks) {
      const now = this.#world.now();
      if (once !== undefined) {
        if ((this.#seen.get(once) ?? Number.NEGATIVE_INFINITY) + deduplicationMs > now) continue;
        this.#seen.set(once, now);
      }
      this.#send('send', message, lane, 0);
    }
  }

  /** What an embedded queue does when its process dies: everything is forgotten. */
  forget(): void {
    for (const name of Object.keys(queues) as QueueName[]) this.#messages[name] = [];
    this.#seen.clear();
  }

  get length(): number {
    return Object.values(this.#messages).reduce((sum, messages) => sum + messages.length, 0);
  }

  #send(name: QueueName, body: Message['body'], group: string | undefined, delayMs: number): void {
    let delay = delayMs + this.#world.random.between(1, 50);
    if (this.#world.random.chance(this.faults.delay)) {
      this.#world.count('message-delayed');
      delay += this.#world.random.between(1_000, 600_000);
    }
    const copies = this.#world.random.chance(this.faults.duplicate) ? 2 : 1;
    if (copies === 2) this.#world.count('message-duplicated');
    for (let copy = 0; copy < copies; copy++) {
      const visibleAt = this.#world.now() + delay + copy * this.#world.random.between(0, 60_000);
      const message: Message = {
        body,
        sentAt: this.#world.now(),
        group,
        order: this.#order++,
        visibleAt,
        receives: 0,
        inFlight: false,
      };
      this.#messages[name].push(message);
      this.#world.at(visibleAt, () => this.#pump(name));
    }
  }

  #pump(name: QueueName): void {
    const now = this.#world.now();
    const blocked = new Set<string>();
    for (const message of [...this.#messages[name]].sort((a, b) => a.order - b.order)) {
      const { group } = message;
      if (group !== undefined && blocked.has(group)) continue;
      // A group waits for its message that is in flight, whether it is worked on or told to wait.
      if (group !== undefined) blocked.add(group);
      if (message.visibleAt <= now) this.#deliver(name, message);
    }
  }

  #deliver(name: QueueName, message: Message): void {
    message.receives += 1;
    const queue = queues[name];
    if (message.receives > (this.faults.maxReceives ?? queue.maxReceives)) {
      this.deadLetters.add(name, message.body, message.sentAt);
      this.#remove(name, message);
      return;
    }
    if (message.receives > 1) this.#world.count('message-redelivered');
    const receive = message.receives;
    this.#hide(name, message, heldSeconds(name) * 1000);
    const process = this.#world.process(
      queue.consumer,
      functions[queue.consumer].timeoutSeconds * 1000,
    );
    const isCurrent = () => message.receives === receive;
    this.#consumers[name](process, message.body as never).then(
      (progress) => {
        if (!process.alive || !isCurrent()) return;
        this.#world.kill(process);
        if (progress.done) this.#remove(name, message);
        else this.#hide(name, message, progress.againInMs);
      },
      () => {
        if (!process.alive || !isCurrent()) return;
        this.#world.kill(process);
        this.#hide(name, message, Math.min(300_000, 1000 * 2 ** receive));
      },
    );
  }

  #hide(name: QueueName, message: Message, milliseconds: number): void {
    message.visibleAt = this.#world.now() + Math.max(1, milliseconds);
    this.#world.at(message.visibleAt, () => this.#pump(name));
  }

  #remove(name: QueueName, message: Message): void {
    const messages = this.#messages[name];
    const at = messages.indexOf(message);
    if (at >= 0) messages.splice(at, 1);
    this.#world.at(this.#world.now(), () => this.#pump(name));
  }
}
