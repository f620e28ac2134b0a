/**
 * The world of a simulated history: virtual time, processes, and the faults that meet their port calls.
 *
 * A process is one invocation of a function. Each of its port calls becomes an event at a later virtual moment,
 * so that the calls of many processes interleave as the seed decides. A fault may kill the process before or after
 * the call takes effect, freeze it past its time-out and wake it up again, or answer with a passing error.
 */
import type { Clock } from '../../shared/ports/world.ts';
import type { Random } from './random.ts';

/** A call that nobody waits for any more. One of its own each: a shared one would hold every history that waits for it. */
const never = () => new Promise<never>(() => {});

/** `error-within`: of what a call gives many of, the service does some and answers that it did not do all. */
export type CallFault =
  | 'crash-before'
  | 'crash-after'
  | 'freeze'
  | 'error-before'
  | 'error-within'
  | 'error-after';
export const callFaults: readonly CallFault[] = [
  'crash-before',
  'crash-after',
  'freeze',
  'error-before',
  'error-within',
  'error-after',
];

/** A service that did not answer: the kind of error the SDK throws after its own retries. */
class ServiceUnavailable extends Error {}

const unavailable = (): never => {
  throw new ServiceUnavailable();
};

export interface Process {
  readonly name: string;
  readonly id: string;
  /** Virtual moment at which it is killed. */
  readonly killAt: number;
  alive: boolean;
  /** Given up by everyone, and still going on. */
  zombie: boolean;
  /** Told when it dies. */
  onDeath: () => void;
}

interface Event {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/** Decides the fault of the next port call. */
export type FaultPlan = (call: {
  process: Process;
  port: string;
  index: number;
}) => CallFault | undefined;

export class World implements Clock {
  readonly random: Random;
  readonly fired = new Map<string, number>();
  readonly calls: string[] = [];
  faults: FaultPlan = () => undefined;
  /** The process whose call takes effect at this moment. */
  actor: Process | undefined;
  /** How far the clocks of all processes are from the moment it is. */
  skewMs = 0;
  #now = 1_700_000_000_000;
  #order = 0;
  #events: Event[] = [];
  #processes = 0;
  readonly #real = new Set<Promise<unknown>>();

  constructor(random: Random) {
    this.random = random;
  }

  now(): number {
    return this.#now;
  }

  /** Used by code outside any process; processes sleep through their own clock. */
  sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.at(this.#now + milliseconds, resolve));
  }

  at(moment: number, run: () => void): void {
    const event = { at: Math.max(moment, this.#now), order: this.#order++, run };
    let low = 0;
    let high = this.#events.length;
    // Latest first, so that the next event is popped from the end.
    while (low < high) {
      const middle = (low + high) >>> 1;
      const other = this.#events[middle];
      if (other && (other.at > event.at || (other.at === event.at && other.order > event.order))) {
        low = middle + 1;
      } else high = middle;
    }
    this.#events.splice(low, 0, event);
  }

  /** The moment, as a clock of these machines tells it. */
  clock(): number {
    return this.#now + this.skewMs;
  }

  /** Runs events until none is left, or until the virtual moment. */
  async run(until = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const event = this.#events.at(-1);
      if (!event || event.at > until) break;
      this.#events.pop();
      this.#now = event.at;
      event.run();
      await new Promise(setImmediate);
      while (this.#real.size > 0) {
        await Promise.allSettled(this.#real);
        await new Promise(setImmediate);
      }
    }
    if (until !== Number.POSITIVE_INFINITY) this.#now = Math.max(this.#now, until);
  }

  /** Work of a real database, say: virtual time stands still until it is done. */
  async inRealTime<T>(work: Promise<T>): Promise<T> {
    this.#real.add(work);
    try {
      return await work;
    } finally {
      this.#real.delete(work);
    }
  }

  count(fault: string): void {
    this.fired.set(fault, (this.fired.get(fault) ?? 0) + 1);
  }

  process(name: string, timeoutMs: number): Process {
    const process: Process = {
      name,
      id: `${name}-${++this.#processes}`,
      killAt: this.#now + timeoutMs,
      alive: true,
      zombie: false,
      onDeath: () => {},
    };
    this.at(process.killAt, () => this.kill(process));
    return process;
  }

  kill(process: Process): void {
    if (!process.alive) return;
    process.alive = false;
    process.onDeath();
  }

  clockOf(process: Process): Clock {
    return {
      now: () => this.clock(),
      sleep: (milliseconds) =>
        new Promise((resolve) =>
          this.at(this.#now + milliseconds, () => (process.alive || process.zombie) && resolve()),
        ),
    };
  }

  /** The port as one process sees it. `fail`: what a call meets that the service does not answer. */
  gated<T extends object>(
    process: Process,
    port: string,
    target: T,
    fail: () => unknown = unavailable,
  ): T {
    const gate = (name: string, call: Call) => this.#call(process, `${port}.${name}`, call, fail);
    return new Proxy(target, {
      get(object, name) {
        const member = Reflect.get(object, name);
        if (typeof member !== 'function') return member;
        return (...values: unknown[]) =>
          gate(String(name), (some) => member.apply(object, values.map(some)));
      },
    });
  }

  #call(process: Process, port: string, call: Call, fail: () => unknown): Promise<unknown> {
    if (isGone(process)) return never();
    const fault = this.faults({ process, port, index: this.calls.length });
    this.calls.push(port);
    if (fault) this.count(fault);
    const later = (milliseconds: number) =>
      new Promise<void>((resolve) => this.at(this.#now + milliseconds, resolve));
    return this.#meet(process, fault, call, fail, later);
  }

  /** The beginning of a list of several; anything else as it is. */
  #some(value: unknown): unknown {
    return Array.isArray(value) && value.length > 1
      ? value.slice(0, this.random.between(1, value.length - 1))
      : value;
  }

  async #meet(
    process: Process,
    fault: CallFault | undefined,
    call: Call,
    fail: () => unknown,
    later: (milliseconds: number) => Promise<void>,
  ): Promise<unknown> {
    await later(this.random.between(1, 40));
    if (fault === 'freeze') {
      // Everyone gives up on the process at its time-out; it wakes up later, and goes on as if nothing had been.
      process.zombie = true;
      await later(process.killAt - this.#now + this.random.between(1, 1_200_000));
    }
    if (isGone(process)) return never();
    if (fault === 'crash-before') {
      this.kill(process);
      return never();
    }
    if (fault === 'error-before') return fail();
    this.actor = process;
    const called = call(fault === 'error-within' ? (value) => this.#some(value) : (value) => value);
    this.actor = undefined;
    const result = await called;
    if (fault === 'crash-after') {
      this.kill(process);
      return never();
    }
    if (fault === 'error-within' || fault === 'error-after') return fail();
    await later(this.random.between(1, 40));
    return isGone(process) ? never() : result;
  }
}

/** `some`: what of each value reaches the service. */
type Call = (some: (value: unknown) => unknown) => unknown;

const isGone = ({ alive, zombie }: Process) => !alive && !zombie;
