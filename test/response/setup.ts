import type { JsonValue } from '../../shared/contracts/json.ts';
import type { Answer } from '../../shared/domain/response/document.ts';
import { type Judgement, judge } from '../../shared/domain/response/judge.ts';
import { outcomesOfJudged } from '../../shared/domain/response/judged-outcomes.ts';
import { parseRules } from '../../shared/domain/response/parse-rule.ts';
import type { ResponseRules, RuleName, SentRecord } from '../../shared/domain/response/rule.ts';

export const people: readonly SentRecord[] = [
  { email: 'ada@example.com', crm: 101, country: 'GB' },
  { email: 'grace@example.com', crm: 102, country: 'US' },
  { email: 'zoe@example.com', crm: 103, country: 'GB' },
];

export type Sources = { readonly [name in RuleName]?: string | undefined };

function rulesOf(sources: Sources): ResponseRules {
  const read = parseRules(sources);
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.rules;
}

/** `body`: JSON, or text as it is. */
const answerOf = (body: JsonValue | undefined, more: Partial<Answer> = {}): Answer => ({
  kind: 'answer',
  status: 200,
  headers: {},
  body: Buffer.from(typeof body === 'string' ? body : (JSON.stringify(body) ?? '')),
  truncated: false,
  ...more,
});

export const judged = (
  sources: Sources,
  body: JsonValue | undefined,
  more: {
    answer?: Partial<Answer>;
    records?: readonly SentRecord[];
    fields?: readonly string[];
  } = {},
): Promise<Judgement> =>
  judge(rulesOf(sources), answerOf(body, more.answer), more.records ?? people, more.fields);

/** From, to, outcome, code and reason. */
export function outcomeRows(judgement: Judgement, count = people.length) {
  if (judgement.kind !== 'judged' && judgement.kind !== 'uncertain') return judgement.kind;
  return outcomesOfJudged(judgement, count).map(({ from, to, outcome, fault }) => [
    from,
    to,
    outcome,
    fault?.code ?? '',
    fault?.reason ?? '',
  ]);
}

/** Why nothing could be told; empty where something was. */
export const whyUncertain = (judgement: Judgement): string =>
  judgement.kind === 'uncertain' ? judgement.fault.reason : '';
