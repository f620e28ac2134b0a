/**
 * Shows the request that an action would make of some rows. The same code checks, makes records and writes the
 * body as in a run; but nothing here is given a way to send, and the values of rows stand nowhere but in the body.
 */

import type { HttpMethod } from '../../contracts/call.ts';
import { type ActionName, actionOf, Destination, platformId } from '../../contracts/destination.ts';
import type { ChunkLine } from '../../contracts/plan.ts';
import type { SampleRow } from '../../contracts/sample.ts';
import { Sync } from '../../contracts/sync.ts';
import { maskedHeaders } from '../platform/authentication.ts';
import { maskHeaders } from '../platform/masked-headers.ts';
import { ConfigurationError } from '../words/errors.ts';
import { type ConfigurationProblem, pathTo } from '../words/problem.ts';
import { settingProblems } from '../words/setting-problems.ts';
import { withId } from './chunk-items.ts';
import type { Composed } from './composer.ts';
import { checkDelivery, type Delivery, type DeliveryTools } from './delivery.ts';

export interface PreviewInput {
  /** Saved or not, valid or not. */
  readonly destination: unknown;
  readonly sync: unknown;
  readonly action: ActionName;
  readonly rows: readonly SampleRow[];
  readonly tools: DeliveryTools;
}

/** A row that is not in the request, and why; `reason` never holds a value. */
export interface NotSent {
  /** Position in the rows given. */
  readonly index: number;
  readonly code: string;
  readonly reason: string;
}

/** The first request that would be made. */
export interface PreviewedRequest {
  readonly ok: true;
  readonly method: HttpMethod;
  readonly url: string;
  /** Lower-case names; secrets masked. */
  readonly headers: Readonly<Record<string, string>>;
  /**
   * As it would go over the wire, before it is compressed where the destination asks for that; undefined where the
   * request has none, or no row can be sent.
   */
  readonly body: string | undefined;
  /** Positions of the rows in the body, in its order. Each row given is either here or in `notSent`. */
  readonly sent: readonly number[];
  /** In order of their positions. Rows that only go in a later request have the code `later-request`. */
  readonly notSent: readonly NotSent[];
  readonly warnings: readonly ConfigurationProblem[];
}

export type Preview =
  | PreviewedRequest
  | { readonly ok: false; readonly problems: readonly ConfigurationProblem[] };

/** Stands for the key that each request has of its own. */
export const unnamedRequest = '(one for each request)';

/** A configuration that was not saved yet has no version. */
const unsaved = { version: 1 };

export function preview({ destination, sync, action, rows, tools }: PreviewInput): Preview {
  const given = {
    destination: Destination.safeParse(withVersion(destination)),
    sync: Sync.safeParse(withVersion(sync)),
  };
  if (given.destination.success && given.sync.success) {
    return previewChecked(given.destination.data, given.sync.data, action, rows, tools);
  }
  const problems = [
    ...(given.destination.error ? settingProblems('destination', given.destination.error) : []),
    ...(given.sync.error ? settingProblems('', given.sync.error) : []),
  ];
  return { ok: false, problems };
}

const withVersion = (configuration: unknown): unknown =>
  typeof configuration === 'object' && configuration !== null && !Array.isArray(configuration)
    ? { ...unsaved, ...configuration }
    : configuration;

function previewChecked(
  destination: Destination,
  sync: Sync,
  action: ActionName,
  rows: readonly SampleRow[],
  tools: DeliveryTools,
): Preview {
  const missing = actionOf(destination.actions, action) ? [] : [actionMissing(action)];
  try {
    const checked = checkDelivery(destination, sync, tools);
    if (!checked.ok) return { ok: false, problems: [...checked.problems, ...missing] };
    if (missing.length > 0) return { ok: false, problems: missing };
    const request = requestOf(checked.delivery, action, rows);
    const headers = shownHeaders(destination, request);
    const standIns = checked.delivery.action(action)?.namesId ? [idsStandIn(action)] : [];
    const warnings = [...checked.warnings, ...absentColumns(sync, rows), ...standIns];
    return { ok: true, ...request, headers, warnings };
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    const { code, message } = error;
    return { ok: false, problems: [{ path: `destination.actions.${action}`, code, message }] };
  }
}

/** As they would go out, with secrets masked. */
export const shownHeaders = (
  destination: Destination,
  { headers, body }: { headers: Readonly<Record<string, string>>; body: unknown },
): Record<string, string> => ({
  ...maskHeaders(headers),
  ...maskedHeaders(destination),
  ...(destination.gzip && body !== undefined && { 'content-encoding': 'gzip' }),
});

const idsStandIn = (action: ActionName): ConfigurationProblem => ({
  path: `destination.actions.${action}`,
  code: 'platform-ids-stand-in',
  message: `The request names ${platformId}, which the platform gives: here 1, 2, 3 … stand for the ids. A run takes them from the mirror, or looks them up.`,
});

const actionMissing = (action: ActionName): ConfigurationProblem => ({
  path: `destination.actions.${action}`,
  code: 'action-missing',
  message: `The destination has no action for ${action}s, so they would all be invalid. Add one to send them.`,
});

/** A run over an export without the column fails; rows given by hand may just lack it. */
function absentColumns(sync: Sync, rows: readonly SampleRow[]): ConfigurationProblem[] {
  if (rows.length === 0) return [];
  return Object.entries(sync.mappings).flatMap(([field, mapping]) => {
    if (!('column' in mapping)) return [];
    if (rows.some((row) => Object.hasOwn(row, mapping.column))) return [];
    const message = `None of the rows has the column "${mapping.column}" of field ${field}, so it counts as empty here; a run fails where an export lacks it. Check the column's name.`;
    return [{ path: pathTo('mappings', field), code: 'column-absent', message }];
  });
}

/** A row that has become a record. */
interface Made {
  readonly index: number;
  readonly line: ChunkLine;
}

type Request = Omit<PreviewedRequest, 'ok' | 'warnings'>;

function requestOf(delivery: Delivery, action: ActionName, rows: readonly SampleRow[]): Request {
  const { made, refused } = makeRecords(delivery, action, rows);
  const size = delivery.action(action)?.batchSize ?? 1;
  const batches = cut(made, size).map((batch) => ({ batch, composed: compose(delivery, batch) }));
  const first = batches.find(({ composed }) => composed.sent > 0);
  const { method, url, headers, body } = first?.composed ?? bare(delivery, action);
  const later = batches
    .filter((each) => each !== first)
    .flatMap((each) => inBody(each).map((index) => inLaterRequest(index, size)));
  const notSent = [...refused, ...batches.flatMap(leftOut), ...later];
  return {
    method,
    url,
    headers,
    body: first && body ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(body) : undefined,
    sent: first ? inBody(first) : [],
    notSent: notSent.sort((a, b) => a.index - b.index),
  };
}

function makeRecords(delivery: Delivery, action: ActionName, rows: readonly SampleRow[]) {
  const made: Made[] = [];
  const refused: NotSent[] = [];
  const { columns } = delivery.records;
  rows.forEach((row, index) => {
    const values = columns.map(
      (name) => (Object.hasOwn(row, name) ? row[name] : undefined) ?? null,
    );
    const record = delivery.records.make(values);
    if (record.ok) made.push({ index, line: lineOf(delivery, action, record.record, index) });
    else refused.push({ index, ...record.fault });
  });
  return { made, refused };
}

/** Where the request names the platform's id, a number stands in its place. */
function lineOf(delivery: Delivery, action: ActionName, record: string, index: number): ChunkLine {
  const isNamed = delivery.action(action)?.namesId === true;
  return { key: '', action, record: isNamed ? withId(record, String(index + 1)) : record };
}

function cut(made: readonly Made[], size: number): Made[][] {
  const batches: Made[][] = [];
  for (let at = 0; at < made.length; at += size) batches.push(made.slice(at, at + size));
  return batches;
}

interface Batch {
  readonly batch: readonly Made[];
  readonly composed: Composed;
}

const compose = (delivery: Delivery, batch: readonly Made[]): Composed =>
  delivery.compose(
    batch.map(({ line }) => line),
    unnamedRequest,
  );

/** Where no row can be sent: method, address and headers all the same. */
const bare = (delivery: Delivery, action: ActionName): Composed =>
  delivery.compose([{ key: '', action, record: '{}' }], unnamedRequest);

const leftOut = ({ batch, composed }: Batch): NotSent[] =>
  composed.invalid.flatMap(({ index, fault }) => {
    const made = batch[index];
    return made ? [{ index: made.index, ...fault }] : [];
  });

function inBody({ batch, composed }: Batch): number[] {
  const out = new Set(composed.invalid.map(({ index }) => index));
  return batch.flatMap(({ index }, position) => (out.has(position) ? [] : [index]));
}

const inLaterRequest = (index: number, size: number): NotSent => ({
  index,
  code: 'later-request',
  reason: `A request of this action holds at most ${size} records, so this one goes in a later request. Preview it alone to see that.`,
});
