/**
 * Plans in parts: an engine of many machines withholds what the digests settle and hands over the rest, so that all of a key
 * lies in one part; each part is planned as a whole snapshot is; then who holds an identity is asked of all parts. What is
 * left for the next turn stands in one object, which whoever has the run's claim writes.
 */

import { partObject } from '../../shared/contracts/layout.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import { nothingPlanned, type PlanParts } from '../../shared/contracts/plan-parts.ts';
import type { PlanRules } from '../../shared/domain/plan/plan.ts';
import { Planner } from '../../shared/domain/plan/planner.ts';
import type { PlanStatistics } from '../../shared/domain/plan/statistics.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import {
  ConfigurationError,
  InvariantError,
  SnapshotError,
} from '../../shared/domain/words/errors.ts';
import type { DistributedEngine, QueryFault } from '../../shared/ports/distributed-engine.ts';
import type { FooterQuestion, PartEngine } from '../../shared/ports/part-engine.ts';
import { layIdentities, layPart } from './lay-plan.ts';
import {
  allTables,
  firstTables,
  identityTables,
  keyTable,
  layersThere,
  objectsOf,
  questionsOf,
  type Subject,
  targetOf,
} from './part-tables.ts';
import { type WritePorts, writeChunks } from './write-chunks.ts';

export interface PartPorts extends WritePorts {
  readonly engine: DistributedEngine;
  readonly parts: PartEngine;
  /** SHA-256 of a text, in hex. */
  readonly digest: (text: string) => string;
  readonly chunkSize?: (batchSize: number, number: number) => number;
  /** Rows and members that a part has, about. @default 10 million */
  readonly partSize?: number;
}

/** What is planned. */
export interface PartsQuestion {
  readonly subject: Subject;
  readonly footers: FooterQuestion;
  readonly delivery: Delivery;
  readonly rules: PlanRules;
  /** Part of every digest. */
  readonly fingerprint: string;
}

/** Trino's queries, and a function's memory: as many as hold ten million keys each, and a query may write a hundred. */
const usualPartSize = 10_000_000;
const [fewestParts, mostParts] = [4, 64];
/** Proposals are a tenth of what a part's rows are. */
const identitiesOf = (partSize: number) => Math.ceil(partSize / 5);

const maxTries = 3;

/** @throws SnapshotError, ConfigurationError */
export async function preparePlan(
  ports: PartPorts,
  question: PartsQuestion,
  now: number,
): Promise<PlanParts> {
  const { subject, footers, rules, fingerprint } = question;
  const { groups, lacking } = await ports.parts.groups(footers);
  for (const table of firstTables(subject, groups)) await ports.engine.createTable(table);
  const types = groups.map((group) =>
    JSON.stringify([group.types, group.columns, group.partitions]),
  );
  const seed = ports.digest(JSON.stringify([fingerprint, types.toSorted()]));
  const rows = groups.flatMap(({ files }) => files).reduce((sum, each) => sum + each.rows, 0);
  const size = ports.partSize ?? usualPartSize;
  const members = Math.max(rows, subject.mirror?.members ?? 0);
  const parts = Math.min(mostParts, Math.max(fewestParts, Math.ceil(members / size)));
  return {
    attempt: subject.attempt,
    step: 'asking',
    nextAt: now,
    parts,
    groups: [...groups],
    lacking: [...lacking],
    seed,
    isSettled: subject.mirror?.raw === seed && layersThere(subject) && rules.sends !== 'everything',
    queries: {},
    scannedBytes: 0,
    keyed: 0,
    keyless: [],
    done: 0,
    handed: { rows: 0, entries: 0, duplicate: 0, invalid: 0 },
    soFar: nothingPlanned(),
    chunks: [],
    plans: Array.from({ length: parts }, () => []),
    proposals: [],
    proposed: 0,
    identityParts: 1,
    failures: 0,
  };
}

/** One move on; `waits`: the engine has not answered yet. Gives `planned` back as it is. */
export async function advance(
  ports: PartPorts,
  question: PartsQuestion,
  progress: PlanParts,
): Promise<{ readonly progress: PlanParts; readonly waits: boolean }> {
  switch (progress.step) {
    case 'asking':
    case 'handing':
    case 'comparing': {
      const asked = await ask(ports, question, progress);
      const names = [...questionsOf(question.subject, progress).keys()];
      const isDone = names.every((name) => asked.queries[name]?.objects !== undefined);
      if (!isDone) return { progress: asked, waits: true };
      return { progress: await afterQueries(ports, question, asked), waits: false };
    }
    case 'planning':
      return { progress: await planOne(ports, question, progress), waits: false };
    case 'judging':
      return { progress: await judgeOne(ports, question, progress), waits: false };
    case 'planned':
      return { progress, waits: false };
  }
}

/** Starts what is not started, and looks at what is. The progress that is stored before the next look has the ids. */
async function ask(
  { engine, digest }: PartPorts,
  { subject }: PartsQuestion,
  progress: PlanParts,
): Promise<PlanParts> {
  const queries = { ...progress.queries };
  let { scannedBytes } = progress;
  for (const [name, statement] of questionsOf(subject, progress)) {
    const known = queries[name] ?? { tries: 1 };
    if (known.objects) continue;
    if (known.id === undefined) {
      const { run, epoch, attempt } = subject;
      const token = digest(JSON.stringify([run, epoch, attempt, name, known.tries]));
      const target = targetOf(subject, name, known.tries);
      queries[name] = { ...known, id: await engine.start({ statement, target, token }) };
      continue;
    }
    const state = await engine.look(known.id);
    if (state.status === 'running') continue;
    scannedBytes += state.scannedBytes;
    if (state.status === 'done') queries[name] = { ...known, objects: [...state.objects] };
    else queries[name] = { tries: nextTry(name, known.tries, state.fault, state.scannedBytes) };
  }
  return { ...progress, queries, scannedBytes };
}

function nextTry(name: string, tries: number, fault: QueryFault, bytes: number): number {
  if (fault === 'bytes')
    throw new ConfigurationError(
      'query-cut-off',
      `The query "${name}" was cut off by the workgroup after ${bytes} bytes, and nothing was sent. Raise the limit of bytes that the stack sets a query, if the audience is as large as that.`,
    );
  if (tries < maxTries && fault !== 'input') return tries + 1;
  throw new SnapshotError(
    fault === 'time' ? 'query-timeout' : 'query-failed',
    `The query "${name}" ${fault === 'time' ? 'took too long' : 'failed'} ${tries} times after ${bytes} bytes, and nothing was sent. Its text and error stand in the history of the Athena workgroup.`,
  );
}

/** What follows the answers to all questions of a step. */
async function afterQueries(
  ports: PartPorts,
  question: PartsQuestion,
  progress: PlanParts,
): Promise<PlanParts> {
  const { subject, footers } = question;
  switch (progress.step) {
    case 'asking': {
      const counted = await countRows(ports, subject, progress);
      const keys = progress.queries['keys']?.objects;
      if (keys) await ports.engine.createTable(keyTable(subject, keys));
      return { ...counted, step: 'handing' };
    }
    case 'handing': {
      // Whatever was written over while the queries ran: the footers are read by the tags that were pinned.
      await ports.parts.groups(footers);
      return { ...progress, step: 'planning', done: 0 };
    }
    default:
      return { ...progress, step: 'judging', done: 0 };
  }
}

/** @throws SnapshotError `snapshot-changed` where the engine found other rows than the footers tell of */
async function countRows(
  { parts }: PartPorts,
  { bucket }: Subject,
  progress: PlanParts,
): Promise<PlanParts> {
  const found = new Map(
    (await parts.counts(progress.queries['count']?.objects ?? [])).map((each) => [each.file, each]),
  );
  let keyed = 0;
  const keyless: PlanParts['keyless'] = [];
  for (const { object, rows } of progress.groups.flatMap(({ files }) => files)) {
    const count = found.get(`s3://${bucket}/${object}`) ?? { rows: 0, keyed: 0 };
    if (count.rows !== rows) throw changed(object);
    keyed += count.keyed;
    if (count.rows > count.keyed) keyless.push({ object, rows: count.rows - count.keyed });
  }
  return { ...progress, keyed, keyless };
}

const changed = (object: string) =>
  new SnapshotError(
    'snapshot-changed',
    `The object "${object}" has other rows than when the run began: it was written over meanwhile. The next run takes what is there by then.`,
  );

async function planOne(
  ports: PartPorts,
  { subject, footers, delivery, rules, fingerprint }: PartsQuestion,
  progress: PlanParts,
): Promise<PlanParts> {
  const { done: part, groups } = progress;
  if (part === progress.parts) {
    const size = identitiesOf(ports.partSize ?? usualPartSize);
    const identityParts = Math.min(mostParts, Math.max(1, Math.ceil(progress.proposed / size)));
    const next = { ...progress, identityParts };
    for (const table of identityTables(subject, next))
      if (progress.proposed > 0) await ports.engine.createTable(table);
    return { ...next, step: 'comparing', done: 0 };
  }
  const rows = groups.map((_, at) => objectsOf(progress, `rows-${at}`, part));
  const entries = objectsOf(progress, 'entries', part);
  const keyless = part === 0 ? progress.keyless : [];
  const isEmpty = entries.length + keyless.length === 0 && rows.every((each) => each.length === 0);
  if (isEmpty) return { ...progress, done: part + 1 };
  const { key, columns } = footers;
  const { retryFailed } = subject;
  const planner = new Planner(delivery, rules, ports.chunkSize, progress.soFar);
  const session = await ports.parts.open({
    groups,
    rows,
    entries,
    key,
    columns,
    fingerprint,
    retryFailed,
  });
  try {
    const laid = layPart(planner, session, keyless);
    const written = await writeChunks(ports, subject, laid, delivery);
    const target = {
      plan: nameOf(subject, `plan-${part}`),
      proposals: nameOf(subject, `proposals-${part}`),
      leaving: nameOf(subject, `leaving-${part}`),
    };
    const { content, proposed } = await session.finish(target);
    const { statistics } = session;
    const { handed } = progress;
    return {
      ...progress,
      done: part + 1,
      handed: {
        rows: handed.rows + statistics.rows,
        entries: handed.entries + statistics.before,
        duplicate: handed.duplicate + statistics.duplicate,
        invalid: handed.invalid + statistics.invalid,
      },
      soFar: planner.soFar,
      chunks: [...progress.chunks, ...written],
      plans: added(progress.plans, part, { location: target.plan, ...content }),
      proposals: [
        ...progress.proposals,
        ...(proposed > 0 ? [{ part, proposals: target.proposals, leaving: target.leaving }] : []),
      ],
      proposed: progress.proposed + proposed,
    };
  } finally {
    await session.close();
  }
}

const nameOf = ({ sync, run, attempt }: Subject, name: string) =>
  partObject(sync, run, attempt, name);

const added = (
  plans: PlanParts['plans'],
  part: number,
  object: PlanParts['plans'][number][number],
): PlanParts['plans'] => plans.map((each, at) => (at === part ? [...each, object] : each));

async function judgeOne(
  ports: PartPorts,
  { subject, delivery, rules }: PartsQuestion,
  progress: PlanParts,
): Promise<PlanParts> {
  const { done: part } = progress;
  if (part === progress.identityParts || progress.proposed === 0)
    return { ...progress, step: 'planned', done: 0 };
  const objects = objectsOf(progress, 'identities', part);
  if (objects.length === 0) return { ...progress, done: part + 1 };
  const planner = new Planner(delivery, rules, ports.chunkSize, progress.soFar);
  const session = await ports.parts.openIdentities(objects);
  try {
    const laid = layIdentities(planner, session);
    const written = await writeChunks(ports, subject, laid, delivery);
    const locations = progress.plans.map((_, of) => nameOf(subject, `removals-${of}-${part}`));
    const contents = await session.finish(locations);
    const plans = progress.plans.map((each, of) => {
      const content = contents[of];
      const location = locations[of];
      return content && location !== undefined ? [...each, { location, ...content }] : each;
    });
    const chunks = [...progress.chunks, ...written];
    return { ...progress, done: part + 1, soFar: planner.soFar, chunks, plans };
  } finally {
    await session.close();
  }
}

/** Of all parts; what was withheld follows by subtraction. */
export function statisticsOf(
  { groups, keyed, keyless, handed }: PlanParts,
  mirror: MirrorPointer | undefined,
): PlanStatistics {
  const rows = groups.flatMap(({ files }) => files).reduce((sum, each) => sum + each.rows, 0);
  const before = mirror?.members ?? 0;
  const settledRows = keyed - handed.rows;
  const unchanged = before - handed.entries;
  const duplicate = settledRows - unchanged;
  if (unchanged < 0 || duplicate < 0)
    throw new InvariantError('The parts of the plan have more than there is to hand over.');
  return {
    rows,
    duplicate: handed.duplicate + duplicate,
    invalid: handed.invalid + keyless.reduce((sum, each) => sum + each.rows, 0),
    unchanged,
    before,
    apart: 0,
  };
}

/** Stops what still runs, and takes the tables away: nothing of it is at rest. */
export async function leaveParts(
  { engine }: Pick<PartPorts, 'engine'>,
  subject: Subject,
  { queries, groups }: PlanParts,
): Promise<void> {
  for (const { id, objects } of Object.values(queries))
    if (id !== undefined && objects === undefined) await engine.stop(id);
  await engine.dropTables(allTables(subject, groups));
}
