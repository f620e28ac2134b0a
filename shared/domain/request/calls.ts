/** Requests that are of no record: questions about a job, and what opens and ends a session. */
import type { Call, HttpMethod } from '../../contracts/call.ts';
import type { ConnectionValues, Destination } from '../../contracts/destination.ts';
import { bindPath, connectionKeys, parsePath, recordFields } from '../platform/path.ts';
import { resolveUrl } from '../platform/target.ts';
import { parseTemplate } from '../template/parse.ts';
import { compileTemplate } from '../template/render.ts';
import type { Template } from '../template/template.ts';
import type { ConfigurationProblem, Fault } from '../words/problem.ts';
import { headersOf } from './request-headers.ts';

/** One such request, ready to send. */
export interface ComposedCall {
  readonly method: HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
}

/** A fault where a value that the platform gave cannot stand in the request. */
export type Caller = (given: ConnectionValues) => ComposedCall | Fault;

/** What is given while it is checked, under the names of `given`. */
const standIn = 'x';

/** Undefined where it cannot be read: `problems` says why. `given`: names of what the platform gives on the way. */
export function readCall(
  place: string,
  call: Call,
  { baseUrl, headers }: Pick<Destination, 'baseUrl' | 'headers'>,
  connection: ConnectionValues,
  given: readonly string[],
  problems: ConfigurationProblem[],
): Caller | undefined {
  const before = problems.length;
  const sample = { ...connection, ...Object.fromEntries(given.map((name) => [name, standIn])) };
  const template = readBody(`${place}.body`, call, sample, problems);
  const path = parsePath(call.path, Object.keys(sample));
  const bound = path.ok ? bindPath(path.value, sample) : path;
  if (!bound.ok)
    problems.push(...bound.problems.map((each) => ({ ...each, path: `${place}.path` })));
  if (path.ok && recordFields(path.value).length > 0)
    problems.push({ path: `${place}.path`, code: 'call-record', message: ofNoRecord });
  if (problems.length > before || !path.ok) return undefined;
  const render = template && compileTemplate(template).render;
  const method = methodOf(call);
  const sent = headersOf({ headers, bodyKind: template ? call.bodyKind : 'none' });
  return (values) => {
    const all = { ...connection, ...values };
    const at = bindPath(path.value, all);
    if (!at.ok) return unfit;
    const url = resolveUrl(baseUrl, at.value.join(''));
    return { method, url, headers: sent, body: render?.([{}], all).body };
  };
}

const methodOf = ({ method, body }: Call): HttpMethod =>
  method ?? (body === undefined ? 'GET' : 'POST');

const unfit: Fault = {
  code: 'call-value',
  reason:
    'The id that the platform gave cannot stand in the path of a request, so that it cannot be asked. Read another one by the rule "id". The next run sends these members again.',
};

function readBody(
  path: string,
  call: Call,
  connection: ConnectionValues,
  problems: ConfigurationProblem[],
): Template | undefined {
  const { body, bodyKind: kind } = call;
  if (body === undefined) return undefined;
  if (methodOf(call) === 'GET') {
    problems.push({ path, code: 'body-unsent', message: unsent });
    return undefined;
  }
  const parsed = parseTemplate(body, { kind, isSingle: false, isCarried: true });
  if (!parsed.ok) {
    for (const { code, line, column, message } of parsed.problems) {
      const text = `Line ${line}, column ${column}: ${message}`;
      problems.push({ path, code, message: text, line, column });
    }
    return undefined;
  }
  const { template } = parsed;
  if (template.fields.length > 0 || template.wholeRecords)
    problems.push({ path, code: 'call-record', message: ofNoRecord });
  for (const name of template.connection.filter((each) => !Object.hasOwn(connection, each))) {
    const message = `The template asks for $$.connection.${name}, which the sync does not give. Add it to the sync's connection values.`;
    problems.push({ path, code: 'connection-value-missing', message });
  }
  return template;
}

const unsent =
  'A GET request has no body, so that it would not be sent. Take out the body, or name another method.';
const ofNoRecord =
  'This request is of no record, and names a field of one. Name values of the connection alone.';

/** The names it uses on the connection. */
export function connectionOfCall({ path, body, bodyKind }: Call): readonly string[] {
  const read = parsePath(path);
  const template =
    body === undefined
      ? undefined
      : parseTemplate(body, { kind: bodyKind, isSingle: false, isCarried: true });
  return [
    ...(read.ok ? connectionKeys(read.value) : []),
    ...(template?.ok ? template.template.connection : []),
  ];
}
