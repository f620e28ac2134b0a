/** What became of one try: the answer, read by its status, its headers and the destination's rules. */
import type { HttpAnswer } from '../contracts/http.ts';
import type { Composed } from '../domain/request/composer.ts';
import {
  type Fate,
  type FateInput,
  fateByRules,
  fateOf,
  forbiddenRecord,
} from '../domain/response/fate.ts';
import { type OutcomeRange, outcomesOfJudged } from '../domain/response/judged-outcomes.ts';
import { type Asked, tell } from '../domain/response/said.ts';
import type { Fault } from '../domain/words/problem.ts';

export interface Answered {
  readonly fate: Fate;
  /** For a fate of `delivered`: on the records sent. */
  readonly outcomes: readonly OutcomeRange[];
  /** Records that a refusal names, by index among those sent; at least one. */
  readonly named: ReadonlyMap<number, Fault> | undefined;
  /** Of a 403: what it is where others were accepted. */
  readonly ofRecords: Fault | undefined;
  /** Of a request that the platform accepted as a job: its id, or why it cannot be told. */
  readonly job: string | Fault | undefined;
  /** What it says beside, where no rule looks. */
  readonly unread: Fault | undefined;
  /** The platform accepted the request. */
  readonly isAccepted: boolean;
}

export async function readAnswer(
  composed: Composed,
  answer: HttpAnswer,
  input: Omit<FateInput, 'url' | 'isPersonal'>,
): Promise<Answered> {
  const asked = { method: composed.method, url: composed.shownUrl };
  const isPersonal = composed.shownUrl !== composed.url;
  const fate = fateOf(answer, { ...input, url: composed.url, isPersonal });
  if (answer.kind !== 'answer') return { ...plain, fate: told(fate, asked, ''), outcomes: [] };
  const judgement = await composed.judge?.(answer);
  const final = (judgement && fateByRules(judgement, answer.status, input.now)) ?? fate;
  if (final.kind === 'delivered') {
    const isJudged = judgement?.kind === 'judged' || judgement?.kind === 'uncertain';
    const outcomes = isJudged ? outcomesOfJudged(judgement, composed.sent) : delivered(composed);
    const isAccepted = answer.status < 300;
    const unread = isAccepted ? composed.unreadFailures(answer) : undefined;
    const isJob = isAccepted && judgement?.kind !== 'done' && judgement?.kind !== 'uncertain';
    const job = isJob ? await composed.jobId?.(answer) : undefined;
    return { ...plain, fate: final, outcomes, unread, isAccepted, job };
  }
  const words = composed.wordsOf(answer);
  return {
    ...plain,
    fate: told(final, asked, words),
    outcomes: [],
    named: judgement?.kind === 'named' ? judgement.failed : undefined,
    ofRecords:
      final.kind === 'forbidden'
        ? tell(forbiddenRecord(final), asked, final.status, words)
        : undefined,
  };
}

const plain = {
  named: undefined,
  ofRecords: undefined,
  unread: undefined,
  isAccepted: false,
  job: undefined,
} as const;

const delivered = ({ sent }: Pick<Composed, 'sent'>): OutcomeRange[] => [
  { from: 0, to: sent, outcome: 'delivered', fault: undefined },
];

/** With method, URL and the platform's words. */
const told = (fate: Fate, asked: Asked, words: string): Fate =>
  fate.kind === 'delivered' ? fate : { ...fate, ...tell(fate, asked, fate.status, words) };

/** Why the platform is not there: no answer, or 5xx. Undefined where it is; `unasked` where that is not known. */
export function absence(fate: Fate): Fault | 'unasked' | undefined {
  if (fate.kind !== 'again') return undefined;
  if (fate.status === 0) return fate.waitMs === undefined ? fate : 'unasked';
  return fate.status < 500 ? undefined : fate;
}
