/**
 * Destination and sync, checked and compiled: what turns rows into records and records into requests. Made once
 * a turn from the pinned configuration; the same checks run at save.
 */
import {
  type ActionName,
  actionNames,
  actionOf,
  type Destination,
  type HttpMethod,
} from '../contracts/destination.ts';
import type { JsonScalar } from '../contracts/json.ts';
import type { ChunkLine } from '../contracts/plan.ts';
import type { Sync } from '../contracts/sync.ts';
import { authenticationProblems } from './authentication.ts';
import { ConfigurationError } from './errors.ts';
import { checkHeaders, userAgent } from './headers.ts';
import { interpolate, parsePath } from './path.ts';
import type { Fault } from './plan.ts';
import { compileRecords } from './record/compile.ts';
import type {
  ConfigurationProblem,
  RecordPipeline,
  RecordTools,
  TemplatesFields,
} from './record/pipeline.ts';
import { checkBaseUrl, resolveUrl, type TargetPolicy } from './target.ts';
import { parseTemplate } from './template/parse.ts';
import { compileTemplate, type Renderer } from './template/render.ts';
import type { Template } from './template/template.ts';

export interface DeliveryTools {
  readonly records: RecordTools;
  readonly targets: TargetPolicy;
}

/** One request, ready to send; `sent` 0: none of its records can be. */
export interface Composed {
  readonly method: HttpMethod;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | undefined;
  readonly sent: number;
  /** Records the template could not take, in order of their indices. */
  readonly invalid: readonly { readonly index: number; readonly fault: Fault }[];
}

export interface DeliveryAction {
  /** The action whose configuration it is. */
  readonly uses: ActionName;
  readonly batchSize: number;
}

export interface Delivery extends Pick<Destination, 'onRefusal' | 'deleteMissingIsDelivered'> {
  readonly records: RecordPipeline;
  /** Whole time one request may take. */
  readonly timeoutMs: number;
  /** Between two requests of one lane. */
  readonly intervalMs: number;
  /** Undefined where the destination lacks the action. */
  action(name: ActionName): DeliveryAction | undefined;
  /** `lines` of one chunk; `key` names the request. */
  compose(lines: readonly ChunkLine[], key: string): Composed;
}

interface CompiledAction extends DeliveryAction {
  readonly method: HttpMethod;
  readonly url: string;
  readonly renderer: Renderer;
}

export type CheckedDelivery =
  | {
      readonly ok: true;
      readonly delivery: Delivery;
      readonly warnings: readonly ConfigurationProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** @throws ConfigurationError `configuration-invalid` with every problem named */
export function deliveryOf(destination: Destination, sync: Sync, tools: DeliveryTools): Delivery {
  const checked = checkDelivery(destination, sync, tools);
  if (checked.ok) return checked.delivery;
  const problems = checked.problems.map(({ path, message }) => `${path}: ${message}`).join(' ');
  throw new ConfigurationError(
    'configuration-invalid',
    `The sync "${sync.id}" and its destination "${destination.id}" do not fit together, so nothing was sent. ${problems}`,
  );
}

/** All problems at once. */
export function checkDelivery(
  destination: Destination,
  sync: Sync,
  tools: DeliveryTools,
): CheckedDelivery {
  const problems: ConfigurationProblem[] = [
    ...at('destination.baseUrl', checkBaseUrl(destination.baseUrl, tools.targets)),
    ...at('destination.headers', checkHeaders(destination.headers)),
    ...authenticationProblems(destination, tools.targets),
    ...paceProblems(destination),
  ];
  const connection = connectionOf(sync);
  const templates = parseTemplates(destination, connection, problems);
  // What a template that cannot be read names is unknown: mappings are judged once it is mended.
  const records = isReadable(destination, templates)
    ? compileRecords({ destination, sync, templates: fieldsOf(templates), tools: tools.records })
    : undefined;
  if (records?.ok === false) problems.push(...records.problems);
  const paths = compilePaths(destination, connection, problems);
  if (!records?.ok || problems.length > 0) return { ok: false, problems };
  const actions = compileActions(destination, templates, paths);
  return {
    ok: true,
    delivery: assemble(destination, connection, records.records, actions),
    warnings: records.warnings,
  };
}

const at = (
  path: string,
  found: readonly { code: string; message: string }[],
): ConfigurationProblem[] => found.map((problem) => ({ ...problem, path }));

type Connection = Readonly<Record<string, JsonScalar>>;

/** Our names win over the sync's own. */
const connectionOf = ({ id, audience, connection }: Sync): Connection => ({
  ...connection,
  audienceId: audience.id,
  audienceName: audience.name,
  syncId: id,
});

/** A lane may wait half a minute between requests: a longer wait could not be held inside one turn. */
const longestIntervalMs = 30_000;

const intervalOf = ({ concurrency, requestsPerSecond }: Destination) =>
  requestsPerSecond ? (1_000 * concurrency) / requestsPerSecond : 0;

function paceProblems(destination: Destination): ConfigurationProblem[] {
  if (intervalOf(destination) <= longestIntervalMs) return [];
  return [
    {
      path: 'destination.requestsPerSecond',
      code: 'pace-too-slow',
      message: `With ${destination.concurrency} lanes each would send less than one request in 30 seconds. Lower the concurrency or raise requestsPerSecond.`,
    },
  ];
}

type Templates = Partial<Record<ActionName, Template>>;

function parseTemplates(
  { actions }: Destination,
  connection: Connection,
  problems: ConfigurationProblem[],
): Templates {
  const templates: Templates = {};
  for (const name of actionNames) {
    const configured = actionOf(actions, name);
    if (configured?.uses !== name) continue;
    const path = `destination.actions.${name}.body`;
    const parsed = parseTemplate(configured.action.body);
    if (parsed.ok) {
      templates[name] = parsed.template;
      problems.push(...connectionProblems(path, parsed.template, connection));
    } else {
      for (const { code, line, column, message } of parsed.problems) {
        problems.push({ path, code, message: `Line ${line}, column ${column}: ${message}` });
      }
    }
  }
  return templates;
}

const isReadable = ({ actions }: Destination, templates: Templates): boolean =>
  actionNames.every((name) => {
    const uses = actionOf(actions, name)?.uses;
    return uses === undefined || templates[uses] !== undefined;
  });

function connectionProblems(
  path: string,
  template: Template,
  connection: Connection,
): ConfigurationProblem[] {
  return template.connection
    .filter((name) => !Object.hasOwn(connection, name))
    .map((name) => ({
      path,
      code: 'connection-value-missing',
      message: `The template asks for $$.connection.${name}, which the sync does not give. Add it to the sync's connection values.`,
    }));
}

const fieldsOf = (templates: Templates): TemplatesFields => templates;

type Urls = Partial<Record<ActionName, string>>;

function compilePaths(
  destination: Destination,
  connection: Connection,
  problems: ConfigurationProblem[],
): Urls {
  const urls: Urls = {};
  for (const name of actionNames) {
    const configured = actionOf(destination.actions, name);
    if (configured?.uses !== name) continue;
    const place = `destination.actions.${name}.path`;
    const path = parsePath(configured.action.path, Object.keys(connection));
    const text = path.ok ? interpolate(path.value, connection) : path;
    if (!text.ok) problems.push(...at(place, text.problems));
    else if (URL.canParse(destination.baseUrl)) {
      urls[name] = resolveUrl(destination.baseUrl, text.value);
    }
  }
  return urls;
}

function compileActions(
  { actions }: Destination,
  templates: Templates,
  urls: Urls,
): Partial<Record<ActionName, CompiledAction>> {
  const compiled: Partial<Record<ActionName, CompiledAction>> = {};
  for (const name of actionNames) {
    const configured = actionOf(actions, name);
    const template = configured && templates[configured.uses];
    const url = configured && urls[configured.uses];
    if (!configured || !template || url === undefined) continue;
    const { uses, action } = configured;
    const { batchSize, method } = action;
    compiled[name] = { uses, batchSize, method, url, renderer: compileTemplate(template) };
  }
  return compiled;
}

function assemble(
  destination: Destination,
  connection: Connection,
  records: RecordPipeline,
  actions: Partial<Record<ActionName, CompiledAction>>,
): Delivery {
  return {
    records,
    timeoutMs: destination.timeoutSeconds * 1_000,
    intervalMs: intervalOf(destination),
    onRefusal: destination.onRefusal,
    deleteMissingIsDelivered: destination.deleteMissingIsDelivered,
    action: (name) => actions[name],
    compose(lines, key) {
      const action = actions[lines[0]?.action ?? 'insert'];
      if (!action)
        throw new ConfigurationError('action-missing', 'The destination lacks this action.');
      const { uses, method, url, renderer } = action;
      const rendered = renderer.render(
        lines.map((line) => records.forAction(uses, line.record)),
        connection,
      );
      return {
        method,
        url,
        headers: headersOf(destination, key),
        body: method === 'GET' ? undefined : rendered.body,
        sent: rendered.sent,
        invalid: rendered.invalid.map(({ index, code, reason }) => ({
          index,
          fault: { code, reason },
        })),
      };
    },
  };
}

const headersOf = ({ headers }: Destination, key: string): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  ),
  'content-type': 'application/json',
  'user-agent': userAgent,
  'idempotency-key': key,
});
