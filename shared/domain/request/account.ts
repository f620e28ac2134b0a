/** The account of one chunk while it is sent: which positions are settled, which were tried, which never left. */

import type { Outcome, Sent } from '../../contracts/counts.ts';
import type { Halved, OutcomeLine, ProgressLine } from '../../contracts/plan.ts';
import { merge } from '../response/outcome.ts';
import type { Verdict } from '../response/verdicts.ts';
import type { Fault } from '../words/problem.ts';
import type { Composed } from './composer.ts';
import { missing, type Range, runsOf, sizeOf } from './request.ts';

export interface Tried {
  readonly status: number;
  readonly request: string;
  readonly attempts: number;
  readonly failures: number;
  readonly firstAt: number;
  readonly lastAt: number;
}

/** Of what never stood in a request. */
export const neverTried: Tried = {
  status: 0,
  request: '',
  attempts: 0,
  failures: 0,
  firstAt: 0,
  lastAt: 0,
};

const nothingSent: Sent = { requests: 0, retries: 0, bytes: 0 };

const nameOf = ({ from, to }: Range) => `${from}-${to}`;

export class ChunkAccount {
  readonly #length: number;
  /** False: a sender died on the way, so that whatever has no line may have been sent. */
  readonly #clean: boolean;
  #settled: OutcomeLine[] = [];
  readonly #open = new Map<string, ProgressLine>();
  /** By the senders before this one, as far as they stored it. */
  readonly #sentBefore: Sent;
  #sent = nothingSent;

  /** From what earlier senders stored. */
  constructor(length: number, clean: boolean, stored: readonly ProgressLine[]) {
    this.#length = length;
    this.#clean = clean;
    this.#sentBefore = stored.reduce((sum, { sent }) => plus(sum, sent), nothingSent);
    this.#settled = merge(stored.filter((line) => !line.open).map(outcomeOf));
    for (const { sent: _, ...line } of stored.filter((each) => each.open)) {
      const known = this.#open.get(nameOf(line));
      if (!known || isLater(line, known)) this.#open.set(nameOf(line), line);
    }
  }

  get clean(): boolean {
    return this.#clean;
  }

  /** Positions without an outcome. */
  gaps(): Range[] {
    return missing(this.#length, this.#settled);
  }

  /** How this very request fared so far. */
  tried(range: Range): Tried {
    return this.#open.get(nameOf(range)) ?? neverTried;
  }

  /** One request went out with a body of so many bytes. */
  noteSent(bytes: number, isRetry: boolean): void {
    this.#sent = plus(this.#sent, { requests: 1, retries: isRetry ? 1 : 0, bytes });
  }

  /** Whether the request was answered, and goes on in halves: it is not to be made again. */
  wasHalved(range: Range): boolean {
    return this.#open.get(nameOf(range))?.halved !== undefined;
  }

  /** Requests that were halved because they were refused. */
  get searches(): number {
    return [...this.#open.values()].filter(({ halved }) => halved === 'refused').length;
  }

  settle(range: Range, outcome: Outcome, fault: Fault | undefined, tried: Tried): void {
    const { failures: _, ...known } = pick(tried);
    this.#settled.push({
      ...range,
      ...known,
      outcome,
      code: fault?.code ?? '',
      reason: fault?.reason ?? '',
    });
    this.#open.delete(nameOf(range));
  }

  /** Of a request that was made: `verdicts` count the records sent, and those the template could not take are invalid. */
  settleRequest(
    range: Range,
    { invalid, sent }: Pick<Composed, 'invalid' | 'sent'>,
    verdicts: readonly Verdict[],
    tried: Tried,
  ): void {
    const faults = new Map(invalid.map(({ index, fault }) => [index, fault]));
    for (const [index, fault] of faults) {
      const at = range.from + index;
      this.settle({ from: at, to: at + 1 }, 'invalid', fault, neverTried);
    }
    const positions = faults.size > 0 ? without(faults, sizeOf(range)).slice(0, sent) : undefined;
    for (const { from, to, outcome, fault } of verdicts) {
      for (const run of positions ? runsOf(positions.slice(from, to)) : [{ from, to }]) {
        const part = { from: range.from + run.from, to: range.from + run.to };
        this.settle(part, outcome, fault, tried);
      }
    }
  }

  /** Tried in vain, and to be tried again: as it is, or in halves. */
  keepOpen(range: Range, fault: Fault, tried: Tried, halved?: Halved): void {
    this.#open.set(nameOf(range), {
      ...range,
      ...pick(tried),
      code: fault.code,
      reason: fault.reason,
      outcome: 'uncertain',
      open: true,
      ...(halved && { halved }),
    });
  }

  /** What to store before letting go. */
  lines(): ProgressLine[] {
    const lines = [
      ...this.#settled.map((line) => ({ ...line, open: false, failures: 0 })),
      ...this.#open.values(),
    ];
    return withSent(lines, this.#sent);
  }

  /**
   * The outcomes of the whole chunk. What was tried stays uncertain, and so does everything a lost sender may
   * have sent; only what surely never left is unsent.
   */
  close(why: Fault): OutcomeLine[] {
    const tried = merge([...this.#open.values()].map(outcomeOf));
    const settled = [...this.#settled, ...this.gaps().flatMap((gap) => clip(tried, gap))];
    const rest = missing(this.#length, settled).map((gap) => ({
      ...gap,
      ...pick(neverTried),
      ...(this.#clean ? why : lostSender),
      outcome: this.#clean ? ('unsent' as const) : ('uncertain' as const),
    }));
    const lines = merge([...settled, ...rest.map(outcomeOf)]);
    return withSent(lines, plus(this.#sentBefore, this.#sent));
  }
}

const without = (faults: ReadonlyMap<number, Fault>, length: number): number[] =>
  Array.from({ length }, (_, index) => index).filter((index) => !faults.has(index));

const plus = (a: Sent, b: Sent = nothingSent): Sent => ({
  requests: a.requests + b.requests,
  retries: a.retries + b.retries,
  bytes: a.bytes + b.bytes,
});

/** It stands on the first line; whatever was sent has left a line. */
function withSent<T extends OutcomeLine>(lines: readonly T[], sent: Sent): T[] {
  return lines.map((line, at) => (at === 0 && sent.requests > 0 ? { ...line, sent } : line));
}

/** Of two accounts of one request. */
const isLater = (a: ProgressLine, b: ProgressLine): boolean =>
  (a.halved === undefined) === (b.halved === undefined)
    ? a.attempts > b.attempts
    : a.halved !== undefined;

/** The lines as far as they lie in the gap. */
const clip = (lines: readonly OutcomeLine[], gap: Range): OutcomeLine[] =>
  lines
    .map((line) => ({
      ...line,
      from: Math.max(line.from, gap.from),
      to: Math.min(line.to, gap.to),
    }))
    .filter(({ from, to }) => from < to);

export const lostSender: Fault = {
  code: 'sender-lost',
  reason:
    'The sender stopped before it could record an answer, so these members may have been sent. The next run sends them again.',
};

const pick = ({ status, request, attempts, failures, firstAt, lastAt }: Tried): Tried => ({
  status,
  request,
  attempts,
  failures,
  firstAt,
  lastAt,
});

/** The line without what only progress knows, and without what stands on a first line. */
function outcomeOf(line: OutcomeLine & Partial<ProgressLine>): OutcomeLine {
  const { open: _open, halved: _halved, failures: _failures, sent: _sent, ...outcome } = line;
  return outcome;
}
