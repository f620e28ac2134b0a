/**
 * What an answer says of its request and its records, by the rules of the destination. `retry`, `credentials`, `done`
 * and `failed` look at answers of any status, `success` and `matched` at those of 2xx. Where a rule cannot be told on a
 * 2xx, nothing is taken for delivered, and on another status that decides. `matched` says nothing about delivery, so
 * that where it cannot be told, that is a note.
 */
import type { Fault } from '../words/problem.ts';
import type { Answer } from './document.ts';
import { type Entry, readEntries } from './entries.ts';
import { evaluateRule } from './evaluate.ts';
import { NamedRecords } from './named-records.ts';
import { Redactor } from './redact.ts';
import type { ResponseRules, Rule, RuleName, SentRecord } from './rule.ts';
import { isWaitOrMoment } from './wait.ts';

export type Judgement =
  /** No rule says anything: the status decides. */
  | { readonly kind: 'as-status' }
  /** All of the request's records are uncertain. */
  | { readonly kind: 'uncertain'; readonly fault: Fault }
  /** Later: after so many seconds, or from that moment on in seconds or milliseconds since 1970, where it names one. */
  | { readonly kind: 'again'; readonly wait: number | undefined }
  /** The platform does not accept the credentials. */
  | { readonly kind: 'credentials' }
  /** It is so already. */
  | { readonly kind: 'done' }
  /** A refusal that names its records, by index among those sent; at least one. */
  | { readonly kind: 'named'; readonly failed: ReadonlyMap<number, Fault> }
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

export interface JudgedAs {
  /** What the author of the rules knows them by. */
  readonly called?: Partial<Record<RuleName, string>>;
  /** The answer is about records of other requests, too: whom it names and nobody here is, is one of theirs. */
  readonly isPart?: boolean;
}

/**
 * Judges one answer. Never throws.
 *
 * @param records those that the request holds, in order, as the template saw them; those it left out are not among them
 * @param identityFields the fields by whose values identifiers are looked up; undefined means all
 * @param how where the rules are other rules than an action's
 */
export async function judge(
  rules: ResponseRules,
  answer: Answer,
  records: readonly SentRecord[],
  identityFields?: readonly string[],
  how: JudgedAs = {},
): Promise<Judgement> {
  if (Object.values(rules).every((rule) => rule === undefined)) return asStatus;
  return new Judge(answer, records, identityFields, how).judge(rules);
}

const asStatus: Judgement = { kind: 'as-status' };

/** Whether the answer says that the credentials are bad. Never throws; what cannot be told says no. */
export async function refusesCredentials(rule: Rule, answer: Answer): Promise<boolean> {
  const result = await evaluateRule(rule, answer, []);
  return result.ok && result.value === true;
}

class Judge {
  readonly #answer: Answer;
  readonly #records: readonly SentRecord[];
  readonly #named: NamedRecords;
  readonly #redactor: Redactor;
  readonly #called: Partial<Record<RuleName, string>>;

  constructor(
    answer: Answer,
    records: readonly SentRecord[],
    identityFields: readonly string[] | undefined,
    { called = {}, isPart }: JudgedAs,
  ) {
    this.#called = called;
    this.#answer = answer;
    this.#records = records;
    this.#named = new NamedRecords(records, identityFields, isPart);
    this.#redactor = new Redactor(records);
  }

  async judge(rules: ResponseRules): Promise<Judgement> {
    const { status } = this.#answer;
    const isAccepted = status >= 200 && status <= 299;
    const whole = await this.#ofRequest(rules);
    if (whole && (isAccepted || whole.kind !== 'uncertain')) return whole;
    return isAccepted ? this.#accepted(rules) : this.#refused(rules);
  }

  /** What a rule says of the request, whoever is in it. */
  async #ofRequest(rules: ResponseRules): Promise<Judgement | undefined> {
    const { done, none, credentials, retry } = rules;
    for (const [name, kind, rule] of [
      ['done', 'done', done],
      ['none', 'done', none],
      ['credentials', 'credentials', credentials],
    ] as const) {
      const said = rule && (await this.#flag(rule));
      if (typeof said === 'string') return this.#uncertain(name, said);
      if (said) return { kind };
    }
    const wait = retry && (await this.#wait(retry));
    if (typeof wait === 'string') return this.#uncertain('retry', wait);
    return wait;
  }

  #uncertain(name: RuleName, why: string): Judgement {
    return uncertain(this.#called[name] ?? name, why);
  }

  /** Nothing found is as good as false. */
  async #flag(rule: Rule): Promise<boolean | string> {
    const result = await evaluateRule(rule, this.#answer, this.#records);
    if (!result.ok) return result.why;
    const { value } = result;
    if (value === undefined || value === null) return false;
    return typeof value === 'boolean' ? value : 'gives neither true nor false';
  }

  async #wait(rule: Rule): Promise<Extract<Judgement, { kind: 'again' }> | undefined | string> {
    const result = await evaluateRule(rule, this.#answer, this.#records);
    if (!result.ok) return result.why;
    const { value } = result;
    if (value === undefined || value === null || value === false) return undefined;
    if (value === true) return { kind: 'again', wait: undefined };
    const isWait = typeof value === 'number' && value >= 0 && isWaitOrMoment(value);
    return isWait
      ? { kind: 'again', wait: value }
      : 'gives neither true, nor false, nor the seconds to wait (at most a day), nor a moment';
  }

  /** Where nobody is surely named, the status decides. */
  async #refused({ failed }: ResponseRules): Promise<Judgement> {
    const failures = failed && (await this.#failures(failed));
    const isNamed = typeof failures === 'object' && failures.size > 0;
    return isNamed ? { kind: 'named', failed: failures } : asStatus;
  }

  async #accepted({ success, failed, matched }: ResponseRules): Promise<Judgement> {
    if (!success && !failed && !matched) return asStatus;
    const succeeded = success ? await this.#succeeded(success) : true;
    if (typeof succeeded === 'string') return this.#uncertain('success', succeeded);
    const failures = failed ? await this.#failures(failed) : new Map<number, Fault>();
    if (!succeeded) {
      const known = typeof failures === 'string' ? new Map<number, Fault>() : failures;
      return { ...nothingMatched, success: false, failed: known };
    }
    if (typeof failures === 'string') return this.#uncertain('failed', failures);
    const told = { ...nothingMatched, success: true, failed: failures };
    if (!matched) return told;
    const unmatched = await this.#unmatched(matched, failures);
    if (typeof unmatched !== 'string') return { ...told, unmatched };
    return { ...told, matchFault: matchFault(this.#called.matched ?? 'matched', unmatched) };
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
      if (this.#named.isPart) return 'counts the records of several requests';
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

const uncertain = (name: string, why: string): Judgement => ({
  kind: 'uncertain',
  fault: {
    code: 'rule-failed',
    reason: `The response rule "${name}" ${why}, so that nobody can tell what the platform applied. The next run sends these members again; compare the rule with the platform's answers.`,
  },
});

const matchFault = (name: string, why: string): Fault => ({
  code: 'rule-failed',
  reason: `Accepted, but the response rule "${name}" ${why}, so that nobody can tell who was matched. Compare the rule with the platform's answers.`,
});
