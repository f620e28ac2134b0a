/**
 * One queue in memory. A FIFO queue hands on the messages of a group in order, several in a receive, and none while one of them is
 * at somebody's; what a group holds up holds up no other.
 */
import { createHash, randomUUID } from 'node:crypto';
import { invalidValue, SqsError } from './error.ts';

export interface QueueSettings {
  readonly fifo: boolean;
  readonly visibilitySeconds: number;
  readonly retentionSeconds: number;
  /** Where messages go that were received as often as this. */
  readonly redrive?: { readonly to: () => MessageQueue | undefined; readonly maxReceives: number };
}

export interface NewMessage {
  readonly body: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly delaySeconds: number;
  readonly group?: string | undefined;
  /** The same within five minutes is taken once. */
  readonly once?: string | undefined;
}

export interface Message extends NewMessage {
  readonly id: string;
  readonly md5: string;
  readonly sequence: string;
  readonly sentAt: number;
  receives: number;
  firstReceivedAt?: number;
  lastReceivedAt?: number;
  /** Nobody is given it before. */
  hiddenUntil: number;
  /** Of its last receive, while that has it. */
  receipt?: string;
}

/** Messages at somebody's. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-messages.html */
const mostInFlight = 120_000;
const deduplicationMs = 300_000;
const longestVisibilityMs = 43_200_000;

export class MessageQueue {
  readonly name: string;
  readonly settings: QueueSettings;
  readonly #now: () => number;
  /** By id, in the order they are handed on in. */
  readonly #messages = new Map<string, Message>();
  readonly #sent = new Map<string, { readonly message: Message; readonly at: number }>();
  readonly #waiting = new Set<() => void>();
  #sequence = 0n;

  constructor(name: string, settings: QueueSettings, now: () => number) {
    this.name = name;
    this.settings = settings;
    this.#now = now;
  }

  send(message: NewMessage): Message {
    const now = this.#now();
    const { once } = message;
    const earlier = once === undefined ? undefined : this.#sent.get(once);
    if (earlier && now - earlier.at < deduplicationMs) return earlier.message;
    const whole = this.#take(message, randomUUID(), now);
    if (once !== undefined) this.#sent.set(once, { message: whole, at: now });
    return whole;
  }

  /** Waits for a first message up to `waitMs`, unless who asked went away. */
  async receive(
    most: number,
    visibilityMs: number,
    waitMs: number,
    gone: AbortSignal,
  ): Promise<Message[]> {
    const until = this.#now() + waitMs;
    for (;;) {
      if (gone.aborted) return [];
      const found = this.#hand(most, visibilityMs);
      const left = until - this.#now();
      if (found.length > 0 || left <= 0) return found;
      await this.#change(left, gone);
    }
  }

  /** @throws SqsError where the handle is no receipt of this queue; on a FIFO queue also where its time is over */
  delete(receipt: string): void {
    const message = this.#received(receipt);
    if (message === undefined) return;
    if (this.settings.fifo && !this.#isHolder(message, receipt)) {
      throw invalidValue('ReceiptHandle', 'The receipt handle has expired.');
    }
    this.#messages.delete(message.id);
    this.#wake();
  }

  hide(receipt: string, seconds: number): void {
    const message = this.#received(receipt);
    if (message === undefined || !this.#isHolder(message, receipt)) {
      throw invalidValue(
        'ReceiptHandle',
        'Message does not exist or is not available for visibility timeout change.',
      );
    }
    const until = this.#now() + seconds * 1_000;
    if (until > (message.lastReceivedAt ?? 0) + longestVisibilityMs) {
      throw invalidValue(
        'VisibilityTimeout',
        'Total VisibilityTimeout for the message is beyond the limit [43200 seconds].',
      );
    }
    message.hiddenUntil = until;
    this.#wake();
  }

  /** What is to be had, what is at somebody's, and what is not to be had yet. */
  depth(): { readonly ready: number; readonly inFlight: number; readonly delayed: number } {
    const now = this.#now();
    const hidden = [...this.#messages.values()].filter(({ hiddenUntil }) => hiddenUntil > now);
    const inFlight = hidden.filter(({ receipt }) => receipt !== undefined).length;
    return {
      ready: this.#messages.size - hidden.length,
      inFlight,
      delayed: hidden.length - inFlight,
    };
  }

  #take(message: NewMessage, id: string, sentAt: number): Message {
    const now = this.#now();
    this.#sequence += 1n;
    const whole: Message = {
      ...message,
      id,
      md5: createHash('md5').update(message.body).digest('hex'),
      sequence: String(this.#sequence).padStart(20, '0'),
      sentAt,
      receives: 0,
      hiddenUntil: now + message.delaySeconds * 1_000,
    };
    this.#messages.set(whole.id, whole);
    this.#wake();
    return whole;
  }

  #hand(most: number, visibilityMs: number): Message[] {
    const now = this.#now();
    const hidden = [...this.#messages.values()].filter(({ hiddenUntil }) => hiddenUntil > now);
    const held = new Set(this.settings.fifo ? hidden.map(({ group }) => group) : []);
    const handed: Message[] = [];
    for (const message of this.#messages.values()) {
      if (handed.length === most) break;
      if (message.sentAt + this.settings.retentionSeconds * 1_000 <= now) {
        this.#messages.delete(message.id);
      } else if (message.hiddenUntil <= now && !held.has(message.group)) {
        if (hidden.length + handed.length >= mostInFlight) {
          throw new SqsError('OverLimit', 'Too many messages in flight.');
        }
        if (!this.#laidAside(message)) handed.push(this.#handOver(message, now + visibilityMs));
      }
    }
    return handed;
  }

  #handOver(message: Message, hiddenUntil: number): Message {
    const now = this.#now();
    message.receives += 1;
    message.firstReceivedAt ??= now;
    message.lastReceivedAt = now;
    message.hiddenUntil = hiddenUntil;
    message.receipt = receiptOf(this.name, message);
    return { ...message };
  }

  #laidAside(message: Message): boolean {
    const { redrive } = this.settings;
    if (redrive === undefined || message.receives < redrive.maxReceives) return false;
    const to = redrive.to();
    if (to === undefined) return false;
    this.#messages.delete(message.id);
    // Its age begins anew on a FIFO queue alone:
    // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
    const sentAt = this.settings.fifo ? this.#now() : message.sentAt;
    const { body, attributes, group, once } = message;
    to.#take({ body, attributes, delaySeconds: 0, group, once }, message.id, sentAt);
    return true;
  }

  #received(receipt: string): Message | undefined {
    const [queue, id] = Buffer.from(receipt, 'base64').toString().split('|');
    if (queue !== this.name || id === undefined) {
      throw new SqsError('ReceiptHandleIsInvalid', 'The input receipt handle is invalid.');
    }
    return this.#messages.get(id);
  }

  #isHolder({ receipt, hiddenUntil }: Message, given: string): boolean {
    return receipt === given && hiddenUntil > this.#now();
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  /** Something may be to be had that was not, at most `longestMs` later. */
  async #change(longestMs: number, gone: AbortSignal): Promise<void> {
    const now = this.#now();
    const times = Array.from(this.#messages.values(), ({ hiddenUntil }) => hiddenUntil - now);
    const soonest = Math.min(longestMs, ...times.filter((time) => time > 0));
    await new Promise<void>((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        gone.removeEventListener('abort', wake);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, soonest);
      gone.addEventListener('abort', wake);
      this.#waiting.add(wake);
    });
  }
}

const receiptOf = (queue: string, { id, receives }: Message) =>
  Buffer.from(`${queue}|${id}|${receives}|${randomUUID()}`).toString('base64');
