/** From a judgement to the outcomes of the request's records. */
import type { Fault } from '../words/problem.ts';
import type { Judgement } from './judge.ts';

/**
 * Records `from` (inclusive) to `to` (exclusive) among those sent. A fault on a delivered record is a note: the mirror
 * takes it as delivered, the log as an error.
 */
export interface OutcomeRange {
  readonly from: number;
  readonly to: number;
  readonly outcome: 'delivered' | 'rejected' | 'uncertain';
  readonly fault: Fault | undefined;
}

type RecordOutcome = Omit<OutcomeRange, 'from' | 'to'>;

/** What of a judgement tells of the records. */
export type JudgedRecords = Extract<Judgement, { kind: 'uncertain' | 'judged' }>;

/** The outcomes of a request of `count` records, in order and without gaps; neighbours that fare alike are one. */
export function outcomesOfJudged(judgement: JudgedRecords, count: number): OutcomeRange[] {
  const outcomeOf = outcomeByIndex(judgement, count);
  const outcomes: OutcomeRange[] = [];
  for (let index = 0; index < count; index++) {
    const own = outcomeOf(index);
    const last = outcomes.at(-1);
    if (last && isSame(last, own)) outcomes[outcomes.length - 1] = { ...last, to: index + 1 };
    else outcomes.push({ ...own, from: index, to: index + 1 });
  }
  return outcomes;
}

function outcomeByIndex(judgement: JudgedRecords, count: number): (index: number) => RecordOutcome {
  if (judgement.kind === 'uncertain') {
    return () => ({ outcome: 'uncertain', fault: judgement.fault });
  }
  const { success, failed } = judgement;
  const note = success ? notes(judgement, count - failed.size) : () => undefined;
  return (index) => {
    const fault = failed.get(index) ?? (success ? undefined : notSuccess);
    return fault ? { outcome: 'rejected', fault } : { outcome: 'delivered', fault: note(index) };
  };
}

function notes(
  { unmatched, matchFault }: Extract<Judgement, { kind: 'judged' }>,
  accepted: number,
): (index: number) => Fault | undefined {
  if (unmatched === undefined) return () => matchFault;
  if (typeof unmatched !== 'number') {
    return (index) => (unmatched.has(index) ? acceptedUnmatched : undefined);
  }
  if (unmatched === 0) return () => undefined;
  const fault = unmatched === accepted ? acceptedUnmatched : fewer(accepted - unmatched, accepted);
  return () => fault;
}

const isSame = (a: RecordOutcome, b: RecordOutcome): boolean =>
  a.outcome === b.outcome && a.fault?.code === b.fault?.code && a.fault?.reason === b.fault?.reason;

const acceptedUnmatched: Fault = {
  code: 'accepted-unmatched',
  reason: 'accepted, but matched no one',
};

const fewer = (matched: number, accepted: number): Fault => ({
  code: 'matched-fewer',
  reason: `accepted, but the platform matched ${matched} of the ${accepted} records of the request`,
});

const notSuccess: Fault = {
  code: 'answer-not-success',
  reason:
    'The platform answered 2xx, but by the response rule "success" its answer is none. Look for the reason at the platform; the next run sends these members again.',
};
