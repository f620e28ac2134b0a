/**
 * Fires schedules, at least once each time: a time that has come is written down before its invocation and crossed out after it, so
 * that one a kill cut short is invoked again by the next start. Times that passed while nobody looked (the machine slept) are made
 * up for by one invocation.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAhead } from '../../../shared/domain/words/clock.ts';
import type { Book } from './book.ts';
import { nextTime } from './expression.ts';
import { expressionOf, type Occurrence, type Schedule, scheduleArn } from './schedule.ts';

export interface DeliveryOptions {
  readonly book: Book;
  readonly now: () => number;
  readonly invoke: (targetArn: string, input: string) => Promise<void>;
  /** How long to wait after the n-th failure of one occurrence. */
  readonly retryDelayMs: (failures: number) => number;
  readonly warn: (message: string, detail: Readonly<Record<string, unknown>>) => void;
}

const defaultRetries = 185;
const defaultMaximumAgeSeconds = 86_400;
/** Timers can't be longer than 24 days, and clocks are set: look again at least this often. */
const longestWaitMs = 30_000;

export class Delivery {
  readonly #options: DeliveryOptions;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DeliveryOptions) {
    this.#options = options;
  }

  /** Takes up what an earlier start left open. */
  start(): void {
    for (const schedule of this.#options.book.all()) {
      for (const occurrence of schedule.open) this.#deliver(schedule, occurrence);
    }
    this.look();
  }

  /** Fires what is due, and sets the timer for what comes next; to be called after each change of the book. */
  look(): void {
    if (this.#stopping.signal.aborted) return;
    clearTimeout(this.#timer);
    const now = this.#options.now();
    let wait = longestWaitMs;
    for (const schedule of this.#options.book.all()) {
      this.#setRight(schedule, now);
      const due = dueTime(schedule);
      if (due !== undefined && due <= now) this.#fire(schedule, due, now);
      const next = dueTime(schedule);
      if (next !== undefined) wait = Math.min(wait, next - now);
    }
    this.#timer = setTimeout(() => this.look(), Math.max(1, wait));
  }

  /** Times of a day that the clock was ahead by were seen, and are still to come: without this it would be silent until then. */
  #setRight(schedule: Schedule, now: number): void {
    const { StartDate: start } = schedule.definition;
    const latest = Math.max(now, start === undefined ? now : start * 1_000);
    if (!isAhead(schedule.cursor, latest)) return;
    schedule.cursor = latest;
    schedule.anchor = Math.min(schedule.anchor, latest);
    this.#options.book.save();
  }

  /** Fires no more. */
  stop(): void {
    this.#stopping.abort();
    clearTimeout(this.#timer);
  }

  /** Resolves when no invocation is under way. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  #fire(schedule: Schedule, scheduledFor: number, now: number): void {
    const occurrence = { id: randomUUID(), scheduledFor, firstTriedAt: now, failures: 0 };
    schedule.cursor = Math.max(now, scheduledFor);
    schedule.open.push(occurrence);
    this.#options.book.save();
    this.#deliver(schedule, occurrence);
  }

  #deliver(schedule: Schedule, occurrence: Occurrence): void {
    const delivery = this.#tryUntilDone(schedule, occurrence).finally(() =>
      this.#running.delete(delivery),
    );
    this.#running.add(delivery);
  }

  /** Never rejects. Ends early, with the occurrence left open, when stopped, and without it when the schedule is gone. */
  async #tryUntilDone(schedule: Schedule, occurrence: Occurrence): Promise<void> {
    const { book, invoke, retryDelayMs } = this.#options;
    const { signal } = this.#stopping;
    while (book.has(schedule) && !signal.aborted) {
      try {
        await invoke(schedule.definition.Target.Arn, inputOf(schedule, occurrence));
        return this.#crossOut(schedule, occurrence);
      } catch (error) {
        if (signal.aborted) return;
        occurrence.failures++;
        this.#tellFailure(schedule, occurrence, error);
        if (this.#isSpent(schedule, occurrence)) return this.#crossOut(schedule, occurrence);
        book.save();
      }
      await sleep(retryDelayMs(occurrence.failures), undefined, { signal }).catch(() => undefined);
    }
  }

  #crossOut(schedule: Schedule, occurrence: Occurrence): void {
    const { book } = this.#options;
    schedule.open = schedule.open.filter(({ id }) => id !== occurrence.id);
    if (!book.has(schedule)) return;
    const { ActionAfterCompletion: action } = schedule.definition;
    const ended = schedule.open.length === 0 && dueTime(schedule) === undefined;
    if (action === 'DELETE' && ended) book.delete(schedule.group, schedule.name);
    else book.save();
  }

  #isSpent(schedule: Schedule, { failures, firstTriedAt }: Occurrence): boolean {
    const policy = schedule.definition.Target.RetryPolicy ?? {};
    const ageMs = this.#options.now() - firstTriedAt;
    return (
      failures > (policy.MaximumRetryAttempts ?? defaultRetries) ||
      ageMs > (policy.MaximumEventAgeInSeconds ?? defaultMaximumAgeSeconds) * 1_000
    );
  }

  #tellFailure(schedule: Schedule, occurrence: Occurrence, error: unknown): void {
    this.#options.warn('A schedule could not invoke its target', {
      schedule: schedule.name,
      failures: occurrence.failures,
      givenUp: this.#isSpent(schedule, occurrence),
      error: error instanceof Error ? error.name : typeof error,
    });
  }
}

/** Undefined where it is switched off or over. */
function dueTime({ definition, cursor, anchor }: Schedule): number | undefined {
  if (definition.State === 'DISABLED') return undefined;
  const next = nextTime(expressionOf(definition), cursor, anchor);
  const { EndDate: end } = definition;
  return next === undefined || (end !== undefined && next > end * 1_000) ? undefined : next;
}

/** Scheduler's context attributes stand for themselves in the input. */
function inputOf(schedule: Schedule, occurrence: Occurrence): string {
  const scheduledTime = new Date(occurrence.scheduledFor).toISOString().replace('.000Z', 'Z');
  return (schedule.definition.Target.Input ?? '{}')
    .replaceAll('<aws.scheduler.schedule-arn>', scheduleArn(schedule))
    .replaceAll('<aws.scheduler.scheduled-time>', scheduledTime)
    .replaceAll('<aws.scheduler.execution-id>', occurrence.id)
    .replaceAll('<aws.scheduler.attempt-number>', String(occurrence.failures + 1));
}
