/** A plain model of the fold. */

import { createHmac } from 'node:crypto';
import type { Outcome, Sent } from '../../shared/contracts/counts.ts';
import type { OutcomeLine } from '../../shared/contracts/plan.ts';
import type { LogRecord } from '../../shared/contracts/sync-log.ts';
import { combined, nextPrevious, transition } from '../../shared/domain/plan/mirror.ts';
import type { ChunkPlace, PlanRow } from '../../shared/domain/plan/plan.ts';
import { noOutcomes } from '../../shared/domain/run/counts.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { FoldResult } from '../../shared/ports/fold-engine.ts';
import { compareTold } from '../simulation/memory/fold-engine.ts';
import type { MirrorRow } from './workplace.ts';

const strongest: readonly Outcome[] = ['delivered', 'uncertain', 'rejected', 'invalid', 'unsent'];
export type Chunks = readonly {
  phase: 'deleting' | 'upserting';
  chunk: number;
  lines: OutcomeLine[];
}[];

/** The strongest line that covers the change's place. */
function outcomeOf(place: ChunkPlace | Fault, chunks: Chunks) {
  if ('code' in place) return { outcome: 'invalid' as const, ...place };
  const lines = chunks
    .filter(({ phase, chunk }) => phase === place.phase && chunk === place.chunk)
    .flatMap(({ lines }) => lines)
    .filter(({ from, to }) => from <= place.position && place.position < to)
    .sort((a, b) => strongest.indexOf(a.outcome) - strongest.indexOf(b.outcome));
  return lines[0] ?? { outcome: 'uncertain' as const, code: 'outcome-missing', reason: '' };
}

type Line = Partial<OutcomeLine> & Fault & { readonly outcome: Outcome };

/** How the log tells of a key. */
function recordOf(
  told: Pick<LogRecord, 'key' | 'action' | 'outcome'> & Partial<LogRecord>,
  line: Partial<Line> | undefined,
  hashKey: Uint8Array | undefined,
): LogRecord {
  const { key } = told;
  return {
    rows: 1,
    file: null,
    ...told,
    key: key !== null && hashKey ? createHmac('sha256', hashKey).update(key).digest('hex') : key,
    code: line?.code || null,
    reason: line?.reason || null,
    httpStatus: line?.status || null,
    request: line?.request || null,
    attempts: line?.attempts ?? 0,
    firstAt: line?.firstAt || null,
    lastAt: line?.lastAt || null,
  };
}

const byKey = (a: LogRecord, b: LogRecord) =>
  Number(a.key === null) - Number(b.key === null) ||
  order(a.key ?? '', b.key ?? '') ||
  order(a.file ?? '', b.file ?? '') ||
  order(a.code ?? '', b.code ?? '');

/** The ten most frequent reasons, each with its first key. */
function reasonsOf(log: readonly LogRecord[]) {
  const groups = Map.groupBy(
    log.filter(({ outcome }) => outcome !== 'delivered'),
    ({ code, reason }) => JSON.stringify([code ?? '', reason ?? '']),
  );
  const all = [...groups].map(([name, group]) => {
    const [code, reason] = JSON.parse(name);
    const count = group.reduce((sum, { rows }) => sum + rows, 0);
    const [example] = group.flatMap(({ key }) => (key === null ? [] : [key])).sort(order);
    return { code, reason, count, ...(example !== undefined && { example }) };
  });
  all.sort((a, b) => b.count - a.count || order(a.code, b.code) || order(a.reason, b.reason));
  return all.slice(0, 10);
}

/** What becomes of a change with its removals, and the line it is told by: its own, or the first of theirs that failed. */
function decided(
  row: Extract<PlanRow, { kind: 'change' }>,
  plan: readonly PlanRow[],
  chunks: Chunks,
) {
  const own = row.place === 'held' ? undefined : outcomeOf(row.place, chunks);
  const removals = plan
    .flatMap((each) => (each.kind === 'removal' && each.key === row.key ? [each.place] : []))
    .map((each) => outcomeOf(each, chunks));
  const [first] = removals
    .filter(({ outcome }) => outcome !== 'delivered')
    .sort((a: Line, b: Line) => compareTold({ ...never, ...a }, { ...never, ...b }));
  const line: Line | undefined = own && own.outcome !== 'delivered' ? own : (first ?? own);
  const outcomes = new Set(removals.map((each) => each.outcome));
  return { outcome: combined(row.action, own?.outcome, outcomes), line };
}

const never = { code: '', reason: '', status: 0, request: '', attempts: 0, firstAt: 0, lastAt: 0 };

const order = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

/** What a fold should give. */
export function model(
  mirror: readonly MirrorRow[],
  plan: readonly PlanRow[],
  chunks: Chunks,
  retryFailed: boolean,
  hashKey: Uint8Array | undefined,
): { next: MirrorRow[]; result: Omit<FoldResult, 'mirror'>; log: LogRecord[] } {
  const next = new Map<string, MirrorRow>(
    mirror.map((each) => [each.key, { identity: null, ...each }]),
  );
  const counts = {
    insert: noOutcomes(),
    reinsert: noOutcomes(),
    update: noOutcomes(),
    delete: noOutcomes(),
  };
  const log: LogRecord[] = [];
  for (const row of plan) {
    if (row.kind === 'invalid') {
      const { key, rows, object: file, fault } = row;
      const told = { key, rows, file, action: 'none', outcome: 'invalid' } as const;
      log.push(recordOf(told, fault, hashKey));
      continue;
    }
    if (row.kind === 'removal') continue;
    const entry = next.get(row.key);
    const { identity = null } = row;
    if (row.kind === 'refresh' || row.kind === 'adopt') {
      const stands = entry ?? { state: 'certain' as const, parked: false, previous: [] };
      const { key, digest, record } = row;
      next.set(key, { ...stands, key, digest, record, identity });
      continue;
    }
    const { outcome, line } = decided(row, plan, chunks);
    const action = row.action === 'insert' && entry ? 'reinsert' : row.action;
    counts[action][outcome] += 1;
    log.push(recordOf({ key: row.key, action, outcome }, line, hashKey));
    const after = transition(row.action, entry, outcome, retryFailed);
    if (!after) {
      next.delete(row.key);
      continue;
    }
    const source = after.record === 'new' ? row : (entry ?? row);
    next.set(row.key, {
      key: row.key,
      digest: source.digest ?? null,
      record: source.record,
      state: after.state,
      parked: after.parked,
      identity: source.identity ?? null,
      previous: entry ? nextPrevious(entry, after.previous, source.record) : [],
    });
  }
  const all = [...next.values()].sort((a, b) =>
    Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)),
  );
  const sent = chunks.flatMap(({ lines }) => lines.flatMap((each) => each.sent ?? []));
  const sum = (name: keyof Sent) => sent.reduce((total, each) => total + each[name], 0);
  return {
    next: all,
    log: log.sort(byKey),
    result: {
      ...counts,
      members: all.length,
      uncertain: all.filter(({ state, parked }) => state !== 'certain' && !parked).length,
      reasons: reasonsOf(log),
      sent: { requests: sum('requests'), retries: sum('retries'), bytes: sum('bytes') },
      logged: log.length,
    },
  };
}
