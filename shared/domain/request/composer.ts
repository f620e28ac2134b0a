/** Makes the requests of one action: records in, one request out, ready to send. */

import type {
  ActionName,
  ConnectionValues,
  Destination,
  HttpMethod,
} from '../../contracts/destination.ts';
import { userAgent } from '../platform/headers.ts';
import type { RecordPipeline } from '../record/pipeline.ts';
import type { Answer } from '../response/document.ts';
import { type Judgement, judge, refusesCredentials } from '../response/judge.ts';
import { Redactor } from '../response/redact.ts';
import type { ResponseRules, SentRecord } from '../response/rule.ts';
import { wordsOf } from '../response/said.ts';
import { unreadFailures } from '../response/unread.ts';
import type { BodyMemory } from '../template/output.ts';
import { compileTemplate } from '../template/render.ts';
import { compileForTexts } from '../template/render-texts.ts';
import type { Rendered, Template } from '../template/template.ts';
import type { Fault } from '../words/problem.ts';

/** One request, ready to send; `sent` 0: none of its records can be. */
export interface Composed {
  readonly method: HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly sent: number;
  /** Records the template could not take, in order of their indices. */
  readonly invalid: readonly { readonly index: number; readonly fault: Fault }[];
  /** What an answer says of the request and the records sent, by the action's response rules; undefined: it has none. */
  readonly judge: ((answer: Answer) => Promise<Judgement>) | undefined;
  /** Whether an answer says that the credentials are bad, by the action's rule; undefined: it has none. */
  readonly refusesCredentials: ((answer: Answer) => Promise<boolean>) | undefined;
  /** What a 2xx says of failures that no rule of the action reads. */
  readonly unreadFailures: (answer: Answer) => Fault | undefined;
  /** The platform's words, without persons; empty where it has none. */
  readonly wordsOf: (answer: Answer) => string;
}

/** `records`: texts as a chunk holds them; `key` names the request; without `memory` the body has its own. */
export type Composer = (records: readonly string[], key: string, memory?: BodyMemory) => Composed;

export interface ComposerSettings {
  /** The action whose configuration it is. */
  readonly uses: ActionName;
  readonly method: HttpMethod;
  readonly url: string;
  readonly headers: Destination['headers'];
  readonly template: Template;
  readonly rules: ResponseRules;
  readonly connection: ConnectionValues;
  /** Fields that name a record in an answer; may be none. */
  readonly identity: readonly string[];
  readonly records: RecordPipeline;
}

export function composerOf(settings: ComposerSettings): Composer {
  const { uses, method, url, records } = settings;
  const { credentials } = settings.rules;
  const render = renderingOf(settings);
  const headers = headersOf(settings);
  return (texts, key, memory) => {
    const { body, sent, invalid } = render(texts, memory);
    const leftOut = new Set(invalid.map(({ index }) => index));
    const seen = () =>
      texts.filter((_, index) => !leftOut.has(index)).map((text) => records.forAction(uses, text));
    return {
      method,
      url,
      headers: { ...headers, 'idempotency-key': key },
      body: method === 'GET' ? undefined : body,
      sent,
      invalid: invalid.map(({ index, code, reason }) => ({ index, fault: { code, reason } })),
      judge: judgeOf(settings, seen),
      refusesCredentials: credentials && ((answer) => refusesCredentials(credentials, answer)),
      unreadFailures: (answer) => unreadFailures(settings.rules, answer),
      wordsOf: (answer) => new Redactor(seen()).redact(wordsOf(answer)),
    };
  };
}

/** Straight from the records' texts; only a template that sends whole records needs them as objects. */
function renderingOf({
  uses,
  template,
  connection,
  records,
}: ComposerSettings): (texts: readonly string[], memory?: BodyMemory) => Rendered {
  if (!template.wholeRecords) {
    const renderer = compileForTexts(template, records.sent(uses));
    return (texts, memory) => renderer.render(texts, connection, memory);
  }
  const renderer = compileTemplate(template);
  const view = (text: string) => records.forAction(uses, text);
  return (texts, memory) => renderer.render(texts.map(view), connection, memory);
}

/** Undefined where the action has no rules: then the status decides. */
function judgeOf(
  { rules, identity }: ComposerSettings,
  sent: () => readonly SentRecord[],
): Composed['judge'] {
  if (Object.keys(rules).length === 0) return undefined;
  return async (answer) => {
    const records = sent();
    const named = identity.length > 0 ? identity : undefined;
    return judge(rules, answer, records, named);
  };
}

/** A destination may name a JSON media type of its own; the rest is ours. */
const headersOf = ({ headers }: ComposerSettings): Record<string, string> => ({
  'content-type': 'application/json',
  ...Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  ),
  'user-agent': userAgent,
});
