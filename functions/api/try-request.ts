/**
 * Sends one record to the platform, and shows the whole exchange. Whatever authentication put into the request is taken
 * out of what the platform answers: many echo what they were sent.
 */
import type { ActionName, Destination } from '../../shared/contracts/destination.ts';
import type { HttpAnswer, HttpRequest } from '../../shared/contracts/http.ts';
import type { SampleRow } from '../../shared/contracts/sample.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import { masked, maskHeaders } from '../../shared/domain/platform/masked-headers.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import { deliveryOf } from '../../shared/domain/request/delivery.ts';
import { preview, shownHeaders } from '../../shared/domain/request/preview.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import { type Answered, readAnswer } from '../../shared/flow/read-answer.ts';
import { inBoth, placed, refuseProblems } from './places.ts';
import type { ApiPorts } from './ports.ts';
import { Refusal } from './problem.ts';

export interface Trial {
  readonly destination: Destination;
  /** Saved or not, valid or not. */
  readonly sync: object;
  readonly action: ActionName;
  readonly row: SampleRow;
}

export interface Exchange {
  readonly request: {
    readonly method: string;
    readonly url: string;
    readonly headers: Record<string, string>;
    readonly body?: string;
  };
  readonly answer?: {
    readonly status: number;
    readonly headers: Record<string, string>;
    readonly body: string;
    readonly truncated: boolean;
  };
  readonly outcome: 'delivered' | 'rejected' | 'uncertain' | 'unsent';
  readonly code?: string;
  readonly reason?: string;
  readonly milliseconds: number;
}

/** API Gateway ends a call after 29 seconds. */
const longestMs = 20_000;
const mostShown = 16_384;

/** @throws Refusal 422 where no request can be made of the row */
export function composeTrial({ tools, ids }: ApiPorts, trial: Trial) {
  const { destination, action, row } = trial;
  const shown = preview({ ...trial, rows: [row], tools });
  if (!shown.ok) refuseProblems(placed(shown.problems, inBoth));
  const [fault] = shown.ok ? shown.notSent : [];
  const sync = Sync.parse({ version: 1, ...trial.sync });
  const delivery = deliveryOf(destination, sync, tools);
  const values = delivery.records.columns.map((name) => row[name] ?? null);
  const made = delivery.records.make(values);
  if (fault || !made.ok) throw notSendable(fault ?? (made.ok ? undefined : made.fault));
  const line = { key: '', action, record: made.record };
  const composed = delivery.compose([line], `try-${ids.next()}`);
  return { composed, timeoutMs: Math.min(delivery.timeoutMs, longestMs), delivery };
}

const notSendable = (fault: Fault | undefined) =>
  new Refusal(422, {
    code: fault?.code ?? 'request-none',
    detail: `Nothing was sent: no request can be made of this row. ${fault?.reason ?? 'Give another row.'}`,
  });

export async function tryRequest(
  ports: ApiPorts,
  { destination, action }: Trial,
  { composed, timeoutMs, delivery }: ReturnType<typeof composeTrial>,
): Promise<Exchange> {
  const secrets = new Set<string>();
  const sender = ports.heardSender(destination, (request) =>
    noteSecrets(secrets, request, composed),
  );
  const begun = ports.clock.now();
  const { method, url, headers, body, refusesCredentials } = composed;
  const answer = await sender.send({
    ...{ method, url, headers, timeoutMs, notAfter: begun + timeoutMs },
    maxAnswerBytes: delivery.maxAnswerBytes,
    ...(body && { body }),
    ...(refusesCredentials && { refusesCredentials }),
  });
  const now = ports.clock.now();
  const missingIsDelivered = action === 'delete' && delivery.deleteMissingIsDelivered;
  const read = await readAnswer(composed, answer, { missingIsDelivered, now });
  const { outcome, fault } = outcomeOf(answer, read);
  return {
    request: {
      ...{ method, url, headers: shownHeaders(destination, composed) },
      ...(body && { body: new TextDecoder().decode(body) }),
    },
    ...(answer.kind === 'answer' && { answer: shownAnswer(answer, secrets) }),
    outcome,
    ...(fault && { code: fault.code, reason: hide(fault.reason, secrets) }),
    milliseconds: now - begun,
  };
}

function outcomeOf(
  answer: HttpAnswer,
  { fate, outcomes }: Answered,
): { readonly outcome: Exchange['outcome']; readonly fault: Fault | undefined } {
  if (fate.kind === 'delivered') {
    const [first] = outcomes;
    return { outcome: first?.outcome ?? 'delivered', fault: first?.fault };
  }
  const isOut = answer.kind === 'answer' || (answer.kind === 'none' && answer.sent !== false);
  if (!isOut) return { outcome: 'unsent', fault: fate };
  return { outcome: fate.kind === 'again' ? 'uncertain' : 'rejected', fault: fate };
}

function shownAnswer(answer: Extract<HttpAnswer, { kind: 'answer' }>, secrets: Set<string>) {
  const text = hide(new TextDecoder().decode(answer.body), secrets);
  const headers = Object.entries(maskHeaders(answer.headers));
  return {
    status: answer.status,
    headers: Object.fromEntries(headers.map(([name, value]) => [name, hide(value, secrets)])),
    body: text.slice(0, mostShown),
    truncated: answer.truncated || text.length > mostShown,
  };
}

/** What authentication added: whole, in its parts, and what these stand for in Base64. */
function noteSecrets(secrets: Set<string>, request: HttpRequest, composed: Composed): void {
  const { headers, url } = request;
  const asked = new URL(composed.url).searchParams;
  for (const [name, value] of new URL(url).searchParams) {
    if (asked.get(name) === value || value.length < shortestSecret) continue;
    secrets.add(value).add(encodeURIComponent(value));
  }
  for (const [name, value] of Object.entries(headers)) {
    if (composed.headers[name] === value) continue;
    const words = value.split(/[\s,;="]+/);
    const decoded = words.map((word) => Buffer.from(word, 'base64').toString());
    const parts = [value, ...words, ...decoded.flatMap((text) => [text, ...text.split(':')])];
    for (const part of parts) if (part.length >= shortestSecret) secrets.add(part);
  }
}

const shortestSecret = 6;

/** As they are, and as JSON would have them. */
function hide(text: string, secrets: ReadonlySet<string>): string {
  const longestFirst = [...secrets].sort((a, b) => b.length - a.length);
  return longestFirst.reduce(
    (hidden, secret) =>
      hidden.replaceAll(secret, masked).replaceAll(JSON.stringify(secret).slice(1, -1), masked),
    text,
  );
}
