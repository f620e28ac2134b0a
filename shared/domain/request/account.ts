/** The account of one chunk while it is sent: which positions are settled, which were tried, which never left. */

import type { Accepted } from '../../contracts/chunk.ts';
import type { Outcome, Sent } from '../../contracts/counts.ts';
import type { Halved, OpenJob, OutcomeLine, ProgressLine } from '../../contracts/plan.ts';
import type { OutcomeRange } from '../response/judged-outcomes.ts';
import { merge } from '../response/outcome.ts';
import type { Fault } from '../words/problem.ts';
import { outcomesOfChanges } from './chunk-items.ts';
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
  /** Of a chunk whose items are not its changes, one by one: the change of each. */
  readonly #changes: readonly number[] | undefined;
  /** False: a sender died on the way, so that whatever has no line may have been sent. */
  readonly #clean: boolean;
  #settled: OutcomeLine[] = [];
  readonly #open = new Map<string, ProgressLine>();
  /** By the senders before this one, as far as they stored it. */
  readonly #sentBefore: Sent;
  #sent = nothingSent;

  /** From what earlier senders stored. `length`: of the chunk, or `changes`: of each of its items, its position. */
  constructor(
    length: number,
    clean: boolean,
    stored: readonly ProgressLine[],
    changes?: readonly number[],
  ) {
    this.#length = changes?.length ?? length;
    this.#changes = changes;
    this.#clean = clean;
    this.#sentBefore = stored.reduce((sum, { sent }) => plus(sum, sent), nothingSent);
    this.#settled = merge(stored.filter((line) => !line.open).map(outcomeOf));
    for (const { sent: _, items: _i, ...line } of stored.filter((each) => each.open)) {
      const known = this.#open.get(nameOf(line));
      if (!known || isLater(line, known)) this.#open.set(nameOf(line), line);
    }
    // Another sender may have seen the end of a job that this one left open.
    for (const line of this.#open.values())
      if (line.job && this.#unknownOf(line.job).length === 0) this.#drop(line);
  }

  get clean(): boolean {
    return this.#clean;
  }

  /** Positions that are still to be sent: without an outcome, and in no job that the platform accepted. */
  gaps(): Range[] {
    const accepted = this.jobs().flatMap(({ job }) => job.parts.map(rangeOf));
    return missing(this.#length, [...this.#settled, ...accepted]);
  }

  /** What the platform accepted and is not yet known, in the order of the chunk. */
  jobs(): AcceptedLine[] {
    return [...this.#open.values()]
      .flatMap(({ from, to, job }) => (job ? [{ from, to, job }] : []))
      .sort((a, b) => a.from - b.from);
  }

  /** Undefined where nothing is. */
  get accepted(): Accepted | undefined {
    const jobs = this.jobs().map(({ job }) => job);
    if (jobs.length === 0) return undefined;
    return {
      jobs: jobs.length,
      records: jobs.reduce((sum, job) => sum + this.#unknownOf(job).length, 0),
      since: Math.min(...jobs.map(({ acceptedAt }) => acceptedAt)),
      until: Math.max(...jobs.map(({ until }) => until)),
    };
  }

  /**
   * The platform accepted the request as a job. `outcomes`: of the records it did not accept; all others are not yet known,
   * and `why` they stay so if nobody asks.
   */
  accept(
    range: Range,
    composed: Pick<Composed, 'invalid' | 'sent'>,
    outcomes: readonly OutcomeRange[],
    job: Omit<OpenJob, 'parts' | 'failures'>,
    why: Fault,
    tried: Tried,
  ): void {
    const invalid = new Set(composed.invalid.map(({ index }) => index));
    const held = this.openIn(range).filter((_, index) => !invalid.has(index));
    const parts = runsOf(held.slice(0, composed.sent));
    const named = this.named(range);
    this.settleRequest(range, composed, outcomes, tried);
    this.#keep(range, why, tried, named);
    const open: OpenJob = {
      ...job,
      failures: 0,
      parts: parts.map(({ from, to }): [number, number] => [from, to]),
    };
    // Of a job whose records all have their outcomes there is nothing to ask.
    if (this.#unknownOf(open).length === 0) this.#drop(range);
    else this.#change(range, open);
  }

  /** A question was asked, and the job is not over. */
  askAgain({ from, to, job }: AcceptedLine, askAt: number, failures: number): void {
    this.#change({ from, to }, { ...job, askAt, failures });
  }

  /** Of what was accepted in a session: its commit made a job of it. */
  ofCommit({ from, to, job }: AcceptedLine, id: string, askAt: number, until: number): void {
    const { inSession: _, ...rest } = job;
    this.#change({ from, to }, { ...rest, id, askAt: Math.min(askAt, until), until });
  }

  /** The job is over, or nobody asks about it any more. `outcomes` count the records of its request. */
  settleJob(line: AcceptedLine, outcomes: readonly OutcomeRange[], answered: JobAnswered): void {
    const known = this.#open.get(nameOf(line));
    const unknown = new Set(this.#unknownOf(line.job));
    const positions = positionsOf(line.job);
    const tried = { ...(known ?? neverTried), ...answered };
    this.#drop(line);
    for (const { from, to, outcome, fault } of outcomes)
      for (const part of runsOf(positions.slice(from, to).filter((at) => unknown.has(at))))
        this.settle(part, outcome, fault, tried);
  }

  /** Positions of the job that have no outcome. */
  #unknownOf(job: OpenJob): readonly number[] {
    const gaps = missing(this.#length, this.#settled);
    return positionsOf(job).filter((at) => gaps.some(({ from, to }) => from <= at && at < to));
  }

  #change(range: Range, job: OpenJob): void {
    const known = this.#open.get(nameOf(range));
    if (known) this.#open.set(nameOf(range), { ...known, job });
  }

  /** What was named stays noted: it tells why the range has gaps. */
  #drop(range: Range): void {
    const known = this.#open.get(nameOf(range));
    if (!known?.named) this.#open.delete(nameOf(range));
    else {
      const { job: _, ...rest } = known;
      this.#open.set(nameOf(range), rest);
    }
  }

  /** How this very request fared so far. */
  tried(range: Range): Tried {
    return this.#open.get(nameOf(range)) ?? neverTried;
  }

  /** One request went out with a body of so many bytes. */
  noteSent(bytes: number, isRetry: boolean): void {
    this.#sent = plus(this.#sent, { requests: 1, retries: isRetry ? 1 : 0, bytes });
  }

  /** How often an answer named some of this very request's records. */
  named(range: Range): number {
    return this.#open.get(nameOf(range))?.named ?? 0;
  }

  /** Requests that were made once more without the records that an answer named. */
  get namings(): number {
    return [...this.#open.values()].reduce((sum, { named = 0 }) => sum + named, 0);
  }

  /** Whether records of the range were settled by name: then it is whole without them. */
  hasNamed(range: Range): boolean {
    return [...this.#open.values()].some(
      ({ named, from, to }) => named !== undefined && from <= range.from && range.to <= to,
    );
  }

  /** The positions of the range that have no outcome yet, in order. */
  openIn(range: Range): readonly number[] {
    const all = Array.from({ length: sizeOf(range) }, (_, index) => range.from + index);
    if (!this.hasNamed(range)) return all;
    const gaps = this.gaps();
    return all.filter((at) => gaps.some(({ from, to }) => from <= at && at < to));
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
    // What was named stays noted: it tells why the range has gaps.
    if (this.named(range) === 0) this.#open.delete(nameOf(range));
  }

  /**
   * Of a request that was made: `outcomes` count the records sent, and those the template could not take are invalid.
   * Records that they leave out stay open.
   */
  settleRequest(
    range: Range,
    { invalid, sent }: Pick<Composed, 'invalid' | 'sent'>,
    outcomes: readonly OutcomeRange[],
    tried: Tried,
  ): void {
    const open = this.hasNamed(range) ? this.openIn(range) : undefined;
    const at = (index: number) => open?.[index] ?? range.from + index;
    const faults = new Map(invalid.map(({ index, fault }) => [index, fault]));
    for (const [index, fault] of faults) {
      this.settle({ from: at(index), to: at(index) + 1 }, 'invalid', fault, neverTried);
    }
    const length = open?.length ?? sizeOf(range);
    const isPlain = faults.size === 0 && !open;
    const positions = isPlain ? undefined : without(faults, length).slice(0, sent).map(at);
    for (const { from, to, outcome, fault } of outcomes) {
      const parts = positions
        ? runsOf(positions.slice(from, to))
        : [{ from: range.from + from, to: range.from + to }];
      for (const part of parts) this.settle(part, outcome, fault, tried);
    }
  }

  /** Tried in vain, and to be tried again: as it is, or in halves. */
  keepOpen(range: Range, fault: Fault, tried: Tried, halved?: Halved): void {
    this.#keep(range, fault, tried, this.named(range), halved);
  }

  /** Some of its records were named, and have their outcomes: the others are another request, never tried yet. */
  keepRest(range: Range, fault: Fault, tried: Tried): void {
    const fresh = { ...tried, attempts: 0, failures: 0, firstAt: 0 };
    this.#keep(range, fault, fresh, this.named(range) + 1);
  }

  #keep(range: Range, fault: Fault, tried: Tried, named: number, halved?: Halved): void {
    this.#open.set(nameOf(range), {
      ...range,
      ...pick(tried),
      code: fault.code,
      reason: fault.reason,
      outcome: 'uncertain',
      open: true,
      ...(halved && { halved }),
      ...(named > 0 && { named }),
    });
  }

  /** What to store before letting go. */
  lines(): ProgressLine[] {
    const lines = [
      ...this.#settled.map((line) => ({ ...line, open: false, failures: 0 })),
      ...this.#open.values(),
    ];
    const stored = this.#changes ? lines.map((line) => ({ ...line, items: true as const })) : lines;
    return withSent(stored, this.#sent);
  }

  /**
   * The outcomes of the whole chunk. What was tried stays uncertain, and so does everything a lost sender may
   * have sent; only what surely never left is unsent.
   */
  close(why: Fault): OutcomeLine[] {
    const tried = merge([...this.#open.values()].map(outcomeOf));
    const open = missing(this.#length, this.#settled);
    const settled = [...this.#settled, ...open.flatMap((gap) => clip(tried, gap))];
    const rest = missing(this.#length, settled).map((gap) => ({
      ...gap,
      ...pick(neverTried),
      ...(this.#clean ? why : lostSender),
      outcome: this.#clean ? ('unsent' as const) : ('uncertain' as const),
    }));
    const lines = merge([...settled, ...rest.map(outcomeOf)]);
    const told = this.#changes ? outcomesOfChanges(lines, this.#changes) : lines;
    return withSent(told, plus(this.#sentBefore, this.#sent));
  }
}

/** A job and the request that it is of. */
export interface AcceptedLine extends Range {
  readonly job: OpenJob;
}

/** By the answer to a question. */
export type JobAnswered = Pick<Tried, 'status' | 'lastAt'>;

const rangeOf = ([from, to]: OpenJob['parts'][number]): Range => ({ from, to });

/** Of the request, in its order. */
export const positionsOf = ({ parts }: Pick<OpenJob, 'parts'>): readonly number[] =>
  parts.flatMap(([from, to]) => Array.from({ length: to - from }, (_, at) => from + at));

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
function isLater(a: ProgressLine, b: ProgressLine): boolean {
  const [left = 0, right = 0] = [a.named, b.named];
  if (left !== right) return left > right;
  // Who was told that it is accepted knows more than who was not.
  if (a.job || b.job) return (a.job?.askAt ?? -1) > (b.job?.askAt ?? -1);
  return (a.halved === undefined) === (b.halved === undefined)
    ? a.attempts > b.attempts
    : a.halved !== undefined;
}

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
  const {
    open: _o,
    halved: _h,
    named: _n,
    items: _i,
    failures: _f,
    sent: _s,
    job: _j,
    ...outcome
  } = line;
  return outcome;
}
