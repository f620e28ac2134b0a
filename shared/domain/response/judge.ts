/**
 * What an answer of 2xx says of its records, by the rules of the destination. A rule can only make an outcome worse
 * than the status does. Where `success` or `failed` cannot be told, nothing is taken for delivered. `matched` says
 * nothing about delivery, so that where it cannot be told, that is a note.
 */
import type { Fault } from '../words/problem.ts';
import type { Answer } from './document.ts';
import { type Entry, readEntries } from './entries.ts';
import { evaluateRule } from './evaluate.ts';
import { NamedRecords } from './named-records.ts';
import { Redactor } from './redact.ts';
import type { ResponseRules, Rule, RuleName, SentRecord } from './rule.ts';

export type Judgement =
  /** No rule says anything: the status decides. */
  | { readonly kind: 'as-status' }
  /** All of the request's records are uncertain. */
  | { readonly kind: 'uncertain'; readonly fault: Fault }
  | {
      readonly kind: 'judged';
      /** False: the platform refused the request as a whole. */
      readonly success: boolean;
      /** By index among the records sent; the reason holds the platform's words, redacted. */
      readonly failed: ReadonlyMap<number, Fault>;
      /** Of the records accepted, how many or which matched nobody; undefined where no rule tells. */
      readonly unmatched: number | ReadonlySet<number> | undefined;
      /** Why `matched` could not be told: a note on every record accepted. */
      readonly matchFault: Fault | undefined;
    };

/**
 * Judges one answer. Never throws. Answers that are not 2xx are left to the status.
 *
 * @param records those that the request holds, in order, as the template saw them; those it left out are not among them
 * @param identityFields the fields by whose values identifiers are looked up; undefined means all
 */
export async function judge(
  rules: ResponseRules,
  answer: Answer,
  records: readonly SentRecord[],
  identityFields?: readonly string[],
): Promise<Judgement> {
  const { success, failed, matched } = rules;
  const hasRule = success !== undefined || failed !== undefined || matched !== undefined;
  if (!hasRule || answer.status < 200 || answer.status > 299) return { kind: 'as-status' };
  return new Judge(answer, records, identityFields).judge(rules);
}

class Judge {
  readonly #answer: Answer;
  readonly #records: readonly SentRecord[];
  readonly #named: NamedRecords;
  readonly #redactor: Redactor;

  constructor(
    answer: Answer,
    records: readonly SentRecord[],
    identityFields: readonly string[] | undefined,
  ) {
    this.#answer = answer;
    this.#records = records;
    this.#named = new NamedRecords(records, identityFields);
    this.#redactor = new Redactor(records);
  }

  async judge({ success, failed, matched }: ResponseRules): Promise<Judgement> {
    const succeeded = success ? await this.#succeeded(success) : true;
    if (typeof succeeded === 'string') return uncertain('success', succeeded);
    const failures = failed ? await this.#failures(failed) : new Map<number, Fault>();
    if (!succeeded) {
      const known = typeof failures === 'string' ? new Map<number, Fault>() : failures;
      return { ...nothingMatched, success: false, failed: known };
    }
    if (typeof failures === 'string') return uncertain('failed', failures);
    const told = { ...nothingMatched, success: true, failed: failures };
    if (!matched) return told;
    const unmatched = await this.#unmatched(matched, failures);
    if (typeof unmatched !== 'string') return { ...told, unmatched };
    return { ...told, matchFault: matchFault(unmatched) };
  }

  /** A text says why it cannot be told; so below. */
  async #succeeded(rule: Rule): Promise<boolean | string> {
    const result = await evaluateRule(rule, this.#answer, this.#records);
    if (!result.ok) return result.why;
    return typeof result.value === 'boolean' ? result.value : 'gives neither true nor false';
  }

  async #failures(rule: Rule): Promise<ReadonlyMap<number, Fault> | string> {
    const result = await evaluateRule(rule, this.#answer, this.#records);
    if (!result.ok) return result.why;
    const read = readEntries(result.value, 'failed', this.#named);
    if (!read.ok) return read.why;
    const failures = new Map<number, Fault>();
    for (const entry of read.entries) {
      if (!failures.has(entry.index)) failures.set(entry.index, this.#fault(entry));
    }
    return failures;
  }

  #fault({ code, message }: Entry): Fault {
    const said = [code, message].filter((part) => part !== '').join(': ');
    const words = this.#redactor.redact(said);
    return words === '' ? refusedSilently : { code: 'record-failed', reason: words };
  }

  async #unmatched(
    rule: Rule,
    failed: ReadonlyMap<number, Fault>,
  ): Promise<number | ReadonlySet<number> | string> {
    const result = await evaluateRule(rule, this.#answer, this.#records);
    if (!result.ok) return result.why;
    const { value } = result;
    if (value === undefined || value === null) return 'finds nothing in the answer';
    if (typeof value === 'number') {
      const isCount = Number.isSafeInteger(value) && value >= 0;
      return isCount
        ? Math.max(this.#named.count - failed.size - value, 0)
        : 'gives a number that counts nothing';
    }
    const read = readEntries(value, 'matched', this.#named);
    if (!read.ok) return read.why;
    const matched = new Set(read.entries.map(({ index }) => index));
    return new Set(
      [...this.#records.keys()].filter((index) => !matched.has(index) && !failed.has(index)),
    );
  }
}

const nothingMatched = { kind: 'judged', unmatched: undefined, matchFault: undefined } as const;

const refusedSilently: Fault = {
  code: 'record-failed',
  reason: 'The platform accepted the request, but not this record, and did not say why.',
};

const uncertain = (name: RuleName, why: string): Judgement => ({
  kind: 'uncertain',
  fault: {
    code: 'rule-failed',
    reason: `The response rule "${name}" ${why}, so that nobody can tell what the platform applied. The next run sends these members again; compare the rule with the platform's answers.`,
  },
});

const matchFault = (why: string): Fault => ({
  code: 'rule-failed',
  reason: `Accepted, but the response rule "matched" ${why}, so that nobody can tell who was matched. Compare the rule with the platform's answers.`,
});
