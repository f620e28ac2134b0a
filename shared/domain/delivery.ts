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
import type { ChunkLine } from '../contracts/plan.ts';
import type { Sync } from '../contracts/sync.ts';
import { type Connection, type ReadAction, readAction } from './action-reader.ts';
import { authenticationProblems } from './authentication.ts';
import { ConfigurationError } from './errors.ts';
import { checkHeaders, userAgent } from './headers.ts';
import type { Fault } from './plan.ts';
import { compileRecords } from './record/compile.ts';
import type {
  ConfigurationProblem,
  RecordPipeline,
  RecordTools,
  TemplatesFields,
} from './record/pipeline.ts';
import type { Answer } from './response/document.ts';
import { judge } from './response/judge.ts';
import type { ResponseRules, SentRecord } from './response/rule.ts';
import { applyJudgement, type Verdict } from './response/verdicts.ts';
import { scheduleProblems } from './schedule.ts';
import { checkBaseUrl, type TargetPolicy } from './target.ts';
import { compileTemplate, type Renderer } from './template/render.ts';

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
  /** What a 2xx answer says of the records sent, by the action's response rules; undefined: all were delivered. */
  readonly judge: ((answer: Answer) => Promise<readonly Verdict[] | undefined>) | undefined;
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
  readonly rules: ResponseRules;
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
  const connection = connectionOf(sync);
  const read = readActions(destination, connection);
  const problems: ConfigurationProblem[] = [
    ...at('destination.baseUrl', checkBaseUrl(destination.baseUrl, tools.targets)),
    ...at('destination.headers', checkHeaders(destination.headers)),
    ...authenticationProblems(destination, tools.targets),
    ...paceProblems(destination),
    ...scheduleProblems(sync.schedule),
    ...[...read.values()].flatMap((action) => action.problems),
  ];
  // What a template that cannot be read names is unknown: mappings are judged once it is mended.
  const isReadable = [...read.values()].every(({ template }) => template !== undefined);
  const records = isReadable
    ? compileRecords({ destination, sync, templates: templatesOf(read), tools: tools.records })
    : undefined;
  if (records?.ok === false) problems.push(...records.problems);
  if (!records?.ok || problems.length > 0) return { ok: false, problems };
  const actions = compileActions(destination, read);
  return {
    ok: true,
    delivery: assemble(destination, sync, connection, records.records, actions),
    warnings: records.warnings,
  };
}

const at = (
  path: string,
  found: readonly { code: string; message: string }[],
): ConfigurationProblem[] => found.map((problem) => ({ ...problem, path }));

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

type ReadActions = ReadonlyMap<ActionName, ReadAction>;

/** By the action whose own configuration it is. */
function readActions(destination: Destination, connection: Connection): ReadActions {
  const read = new Map<ActionName, ReadAction>();
  for (const name of actionNames) {
    const configured = actionOf(destination.actions, name);
    if (configured?.uses !== name) continue;
    read.set(name, readAction(name, configured.action, destination, connection));
  }
  return read;
}

const templatesOf = (read: ReadActions): TemplatesFields =>
  Object.fromEntries([...read].map(([name, { template }]) => [name, template]));

function compileActions(
  { actions }: Destination,
  read: ReadActions,
): Partial<Record<ActionName, CompiledAction>> {
  const compiled: Partial<Record<ActionName, CompiledAction>> = {};
  for (const name of actionNames) {
    const configured = actionOf(actions, name);
    const own = configured && read.get(configured.uses);
    if (!configured || !own?.template || own.url === undefined) continue;
    const { uses, action } = configured;
    const { batchSize, method } = action;
    const renderer = compileTemplate(own.template);
    compiled[name] = { uses, batchSize, method, url: own.url, rules: own.rules, renderer };
  }
  return compiled;
}

function assemble(
  destination: Destination,
  sync: Sync,
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
      if (!action) {
        throw new ConfigurationError('action-missing', 'The destination lacks this action.');
      }
      const { uses, method, url, renderer } = action;
      const views = lines.map((line) => records.forAction(uses, line.record));
      const rendered = renderer.render(views, connection);
      const leftOut = new Set(rendered.invalid.map(({ index }) => index));
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
        judge: judgeOf(action, sync, () => views.filter((_, index) => !leftOut.has(index))),
      };
    },
  };
}

/** Undefined where the action has no rules: then the status decides. */
function judgeOf(
  { rules }: CompiledAction,
  { identity }: Sync,
  sent: () => readonly SentRecord[],
): Composed['judge'] {
  if (Object.keys(rules).length === 0) return undefined;
  return async (answer) => {
    const records = sent();
    const judgement = await judge(
      rules,
      answer,
      records,
      identity.length > 0 ? identity : undefined,
    );
    return judgement.kind === 'as-status' ? undefined : applyJudgement(judgement, records.length);
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
