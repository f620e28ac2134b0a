/**
 * Destination and sync, checked and compiled: what turns rows into records and records into requests. Made once
 * a turn from the pinned configuration; the same checks run at save.
 */

import {
  type Action,
  type ActionName,
  actionOf,
  type ConnectionValues,
  type Destination,
  type FieldCast,
  type Lookup,
  learnsIds,
  platformId,
  type RequestName,
  requestNames,
} from '../../contracts/destination.ts';
import type { ChunkLine } from '../../contracts/plan.ts';
import type { SendPhase } from '../../contracts/run.ts';
import type { Sync } from '../../contracts/sync.ts';
import { authenticationProblems } from '../platform/authentication.ts';
import { checkHeaders } from '../platform/headers.ts';
import { checkBaseUrl, type TargetPolicy } from '../platform/target.ts';
import { compileRecords } from '../record/compile.ts';
import type { RecordPipeline, RecordTools } from '../record/pipeline.ts';
import type { FieldsByAction } from '../record/uses.ts';
import type { SentRecord } from '../response/rule.ts';
import type { BodyMemory } from '../template/output.ts';
import { firstOf } from '../words/capped.ts';
import { ConfigurationError } from '../words/errors.ts';
import type { ConfigurationProblem } from '../words/problem.ts';
import { actionProblems, actionWarnings } from './action-checks.ts';
import { type ReadAction, readAction } from './action-reader.ts';
import { type Composed, type Composer, composerOf } from './composer.ts';
import type { CompiledJob } from './jobs.ts';
import { type CompiledSession, readSession, sessionId } from './sessions.ts';

export interface DeliveryTools {
  readonly records: RecordTools;
  readonly targets: TargetPolicy;
}

export interface DeliveryAction {
  /** The action whose configuration it is. */
  readonly uses: ActionName;
  readonly batchSize: number;
  /** Its requests name the platform's id of a record. */
  readonly namesId: boolean;
}

interface CompiledAction extends Omit<DeliveryAction, 'uses'> {
  readonly uses: RequestName;
  readonly job: CompiledJob | undefined;
  readonly compose: Composer;
}

/** How the platform's ids of records are asked for. */
export interface DeliveryLookup extends Pick<Lookup, 'batchSize' | 'several' | 'lagSeconds'> {
  /** `records`: texts as a chunk holds them; `key` names the request. */
  readonly compose: Composer;
}

export interface Delivery extends Pick<Destination, 'onRefusal' | 'deleteMissingIsDelivered'> {
  readonly records: RecordPipeline;
  /** Whole time one request may take. */
  readonly timeoutMs: number;
  readonly lanes: number;
  /** What of an answer is read. */
  readonly maxAnswerBytes: number;
  /** Between two requests of one lane. */
  readonly intervalMs: number;
  /** Undefined where the destination lacks the action. */
  action(name: ActionName): DeliveryAction | undefined;
  /** How jobs of an action are asked about; undefined where it has none. */
  job(uses: ActionName): CompiledJob | undefined;
  /** The records of these lines, as requests of the action hold them. */
  sentRecords(uses: ActionName, lines: readonly ChunkLine[]): readonly SentRecord[];
  /** Around the requests of a phase; undefined where there is none. */
  session(phase: SendPhase): CompiledSession | undefined;
  /** Fields that name a record in an answer; undefined: every one does. */
  readonly identity: readonly string[] | undefined;
  /** Undefined where the destination has none. */
  readonly lookup: DeliveryLookup | undefined;
  /** `lines` of one chunk; `key` names the request; without `memory` its body has its own. */
  compose(lines: readonly ChunkLine[], key: string, memory?: BodyMemory): Composed;
}

export type CheckedDelivery =
  | {
      readonly ok: true;
      readonly delivery: Delivery;
      readonly warnings: readonly ConfigurationProblem[];
    }
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/**
 * `session`: the id of the one that requests are made in, where there is one.
 * @throws ConfigurationError `configuration-invalid` with every problem named
 */
export function deliveryOf(
  destination: Destination,
  sync: Sync,
  tools: DeliveryTools,
  session?: string,
): Delivery {
  const checked = checkDelivery(destination, sync, tools, session);
  if (checked.ok) return checked.delivery;
  const problems = firstOf(checked.problems.map(({ path, message }) => `${path}: ${message}`));
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
  session?: string,
): CheckedDelivery {
  const connection = connectionOf(sync, destination, session);
  const read = readActions(destination, connection);
  const ofSessions: ConfigurationProblem[] = [];
  const sessions = readSessions(destination, sync, ofSessions);
  const problems: ConfigurationProblem[] = [
    ...at('destination.baseUrl', checkBaseUrl(destination.baseUrl, tools.targets)),
    ...at('destination.headers', checkHeaders(destination.headers)),
    ...authenticationProblems(destination, tools.targets),
    ...actionProblems(destination),
    ...paceProblems(destination),
    ...[...read.values()].flatMap((action) => action.problems),
    ...ofSessions,
  ];
  // What a template that cannot be read names is unknown: mappings are judged once it is mended.
  const isReadable = [...read.values()].every(({ fields }) => fields !== undefined);
  const records = isReadable
    ? compileRecords({ destination, sync, templates: templatesOf(read), tools: tools.records })
    : undefined;
  if (records?.ok === false) problems.push(...records.problems);
  if (!records?.ok || problems.length > 0) return { ok: false, problems };
  const actions = compileActions(destination, sync, connection, read, records.records);
  return {
    ok: true,
    delivery: assemble(destination, sync, records.records, actions, sessions),
    warnings: [...records.warnings, ...actionWarnings(destination)],
  };
}

const at = (
  path: string,
  found: readonly { code: string; message: string }[],
): ConfigurationProblem[] => found.map((problem) => ({ ...problem, path }));

/** Our names win over the sync's own. */
const connectionOf = (
  { id, audience, connection }: Sync,
  { sessions }: Pick<Destination, 'sessions'>,
  session = unnamedSession,
): ConnectionValues => ({
  ...connection,
  audienceId: audience.id,
  audienceName: audience.name,
  syncId: id,
  ...(sessions && { [sessionId]: session }),
});

/** Where requests are looked at, and none is open. */
const unnamedSession = 'session';

type CompiledSessions = Readonly<Record<SendPhase, CompiledSession | undefined>>;

function readSessions(
  destination: Destination,
  sync: Sync,
  problems: ConfigurationProblem[],
): CompiledSessions {
  const { sessions, actions } = destination;
  const connection = connectionOf(sync, {});
  if (sessions && sync.canary)
    problems.push({ path: 'canary', code: 'session-canary', message: noCanary });
  for (const name of requestNames) {
    const phase = name === 'delete' ? 'deleting' : 'upserting';
    const own = actionOf(actions, name);
    if (own?.uses !== name || !own.action.job || !sessions?.[phase]) continue;
    const path = `destination.actions.${name}.job`;
    problems.push({ path, code: 'session-job', message: twice });
  }
  return {
    deleting: readSession('deleting', destination, connection, problems),
    upserting: readSession('upserting', destination, connection, problems),
  };
}

const noCanary =
  "A canary waits for what becomes of its records, and within a session nothing does before all of the phase is sent. Take out the canary, or the destination's sessions.";
const twice =
  "The requests of this action are part of a session, whose commit says what becomes of them. Take out the action's job; the session may have one of its own.";

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

type ReadActions = ReadonlyMap<RequestName, ReadAction>;

/** By the action whose own configuration it is. */
function readActions(destination: Destination, connection: ConnectionValues): ReadActions {
  const read = new Map<RequestName, ReadAction>();
  for (const name of requestNames) {
    const configured = actionOf(destination.actions, name);
    if (configured?.uses !== name) continue;
    read.set(name, readAction(name, configured.action, destination, connection));
  }
  return read;
}

const templatesOf = (read: ReadActions): FieldsByAction =>
  Object.fromEntries([...read].map(([name, { fields }]) => [name, fields]));

function compileActions(
  destination: Destination,
  sync: Sync,
  connection: ConnectionValues,
  read: ReadActions,
  records: RecordPipeline,
): ReadonlyMap<RequestName, CompiledAction> {
  const compiled = new Map<RequestName, CompiledAction>();
  const learns = learnsIds(destination.actions);
  for (const name of requestNames) {
    const configured = actionOf(destination.actions, name);
    const own = configured && read.get(configured.uses);
    if (!configured || !own?.fields || own.path === undefined) continue;
    const { uses, action } = configured;
    const { template, path, rules, job } = own;
    const compose = composerOf({
      uses,
      method: action.method,
      baseUrl: destination.baseUrl,
      path,
      headers: destination.headers,
      bodyKind: action.bodyKind,
      template,
      casts: castsOf(action),
      rules,
      job,
      connection,
      identity: sync.identity,
      records,
    });
    const namesId = learns && records.sent(name).some(({ field }) => field === platformId);
    compiled.set(name, { uses, batchSize: action.batchSize, namesId, compose, job });
  }
  return compiled;
}

const castsOf = ({ fields }: Action): ReadonlyMap<string, FieldCast> =>
  new Map(
    Object.entries(fields).flatMap(([name, { as }]) => (as === undefined ? [] : [[name, as]])),
  );

function assemble(
  destination: Destination,
  sync: Sync,
  records: RecordPipeline,
  actions: ReadonlyMap<RequestName, CompiledAction>,
  sessions: CompiledSessions,
): Delivery {
  const asking = actions.get('lookup');
  const known = new Map([...actions].flatMap(([name, action]) => changing(name, action)));
  const { lookup } = destination.actions;
  return {
    records,
    timeoutMs: destination.timeoutSeconds * 1_000,
    lanes: destination.concurrency,
    maxAnswerBytes: destination.answerMiB * 1_048_576,
    intervalMs: intervalOf(destination),
    onRefusal: destination.onRefusal,
    deleteMissingIsDelivered: destination.deleteMissingIsDelivered,
    identity: sync.identity.length > 0 ? sync.identity : undefined,
    action: (name) => known.get(name),
    lookup: lookup && asking && { ...lookup, compose: asking.compose },
    job: (uses) => actions.get(uses)?.job,
    session: (phase) => sessions[phase],
    sentRecords: (uses, lines) => lines.map(({ record }) => records.forAction(uses, record)),
    compose(lines, key, memory) {
      const action = actions.get(lines[0]?.action ?? 'insert');
      if (!action) {
        throw new ConfigurationError('action-missing', 'The destination lacks this action.');
      }
      return action.compose(
        lines.map(({ record }) => record),
        key,
        memory,
      );
    },
  };
}

/** A lookup changes nobody. */
function changing(
  name: RequestName,
  { uses, batchSize, namesId }: CompiledAction,
): [ActionName, DeliveryAction][] {
  return name === 'lookup' || uses === 'lookup' ? [] : [[name, { uses, batchSize, namesId }]];
}
