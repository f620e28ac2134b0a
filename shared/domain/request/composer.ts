/** Makes the requests of one action: records in, one request out, ready to send. */

import type { BodyKind, HttpMethod } from '../../contracts/call.ts';
import type {
  ConnectionValues,
  Destination,
  FieldCast,
  RequestName,
} from '../../contracts/destination.ts';
import type { BoundPath } from '../platform/path.ts';
import type { RecordPipeline } from '../record/pipeline.ts';
import type { Answer } from '../response/document.ts';
import { type ReadIds, readIds } from '../response/ids.ts';
import { type Judgement, judge, refusesCredentials } from '../response/judge.ts';
import { jobIdIn } from '../response/judge-job.ts';
import { Redactor } from '../response/redact.ts';
import type { ResponseRules, SentRecord } from '../response/rule.ts';
import { wordsOf } from '../response/said.ts';
import { unreadFailures } from '../response/unread.ts';
import type { BodyMemory } from '../template/output.ts';
import { compileTemplate } from '../template/render.ts';
import { compileForTexts } from '../template/render-texts.ts';
import type { Rendered, Template } from '../template/template.ts';
import type { Fault } from '../words/problem.ts';
import { addressing } from './addressing.ts';
import type { CompiledJob } from './jobs.ts';
import { headersOf } from './request-headers.ts';

/** One request, ready to send; `sent` 0: none of its records can be. */
export interface Composed {
  readonly method: HttpMethod;
  readonly url: string;
  /** As it may be told: the names of fields stand in it for their values. */
  readonly shownUrl: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly sent: number;
  /** Records the template could not take, in order of their indices. */
  readonly invalid: readonly { readonly index: number; readonly fault: Fault }[];
  /** What an answer says of the request and the records sent, by the action's response rules; undefined: it has none. */
  readonly judge: ((answer: Answer) => Promise<Judgement>) | undefined;
  /** Whether an answer says that the credentials are bad, by the action's rule; undefined: it has none. */
  readonly refusesCredentials: ((answer: Answer) => Promise<boolean>) | undefined;
  /** The id of the job that a 2xx accepts, or why there is none to be told; undefined: the action has no jobs. */
  readonly jobId: ((answer: Answer) => Promise<string | Fault>) | undefined;
  /** The platform's ids of the records sent, as a delivered request's answer gives them; undefined: it has no rule for that. */
  readonly readIds: ((answer: Answer) => Promise<ReadIds>) | undefined;
  /** What a 2xx says of failures that no rule of the action reads. */
  readonly unreadFailures: (answer: Answer) => Fault | undefined;
  /** The platform's words, without persons; empty where it has none. */
  readonly wordsOf: (answer: Answer) => string;
}

/** `records`: texts as a chunk holds them; `key` names the request; without `memory` the body has its own. */
export type Composer = (records: readonly string[], key: string, memory?: BodyMemory) => Composed;

export interface ComposerSettings {
  /** The action whose configuration it is. */
  readonly uses: RequestName;
  readonly method: HttpMethod;
  readonly baseUrl: string;
  readonly path: BoundPath;
  readonly headers: Destination['headers'];
  readonly bodyKind: BodyKind;
  /** Undefined where requests have no body. */
  readonly template: Template | undefined;
  /** What values of the path are sent as. */
  readonly casts: ReadonlyMap<string, FieldCast>;
  readonly rules: ResponseRules;
  readonly job: CompiledJob | undefined;
  readonly connection: ConnectionValues;
  /** Fields that name a record in an answer; may be none. */
  readonly identity: readonly string[];
  readonly records: RecordPipeline;
}

export function composerOf(settings: ComposerSettings): Composer {
  const { uses, method, records, rules, identity, job } = settings;
  const { credentials } = rules;
  const render = renderingOf(settings);
  const address = addressing(settings, (text) => records.forAction(uses, text));
  const headers = headersOf(settings);
  // Of a lookup, values are those it asked for.
  const asked = records.sent(uses).map(({ field }) => field);
  const idFields = uses === 'lookup' ? asked : identity.length > 0 ? identity : undefined;
  return (texts, key, memory) => {
    const placed = address.check(texts);
    const rendered = render(placed.texts, memory);
    const invalid = [
      ...placed.invalid,
      ...rendered.invalid.map(({ index, code, reason }) => ({
        index: placed.positions?.[index] ?? index,
        fault: { code, reason },
      })),
    ].sort((a, b) => a.index - b.index);
    const leftOut = new Set(invalid.map(({ index }) => index));
    const sentTexts = () => texts.filter((_, index) => !leftOut.has(index));
    const seen = () => sentTexts().map((text) => records.forAction(uses, text));
    return {
      method,
      url: rendered.sent === 0 ? address.shownUrl : address.urlOf(sentTexts),
      shownUrl: address.shownUrl,
      headers: { ...headers, 'idempotency-key': key },
      body: method === 'GET' ? undefined : rendered.body,
      sent: rendered.sent,
      invalid,
      judge: judgeOf(settings, seen),
      readIds: rules.ids && ((answer) => readIds(rules, answer, seen(), idFields)),
      refusesCredentials: credentials && ((answer) => refusesCredentials(credentials, answer)),
      jobId: job && ((answer) => jobIdIn(job.rules.id, answer, seen())),
      unreadFailures: (answer) => unreadFailures(rules, answer),
      wordsOf: (answer) => new Redactor(seen()).redact(wordsOf(answer)),
    };
  };
}

type Bodies = Omit<Rendered, 'body'> & { readonly body: Rendered['body'] | undefined };

/** Straight from the records' texts; only a template that sends whole records needs them as objects. */
function renderingOf({
  uses,
  template,
  connection,
  records,
}: ComposerSettings): (texts: readonly string[], memory?: BodyMemory) => Bodies {
  if (template === undefined) {
    return (texts) => ({ body: undefined, sent: texts.length, invalid: [] });
  }
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
