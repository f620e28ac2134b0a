/** The request of one record, made again from what its run went by, for as long as that is kept. */
import { planObject } from '../../shared/contracts/layout.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { deliveryOf } from '../../shared/domain/request/delivery.ts';
import { shownHeaders } from '../../shared/domain/request/preview.ts';
import { readLogKey } from '../../shared/flow/log-key.ts';
import { readConfig } from '../../shared/flow/run-config.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { LoggedRecord } from '../../shared/ports/record-log.ts';
import type { ApiPorts } from './ports.ts';

export interface MadeAgain {
  readonly method: string;
  readonly url: string;
  /** Secrets masked. */
  readonly headers: Record<string, string>;
  readonly body?: string;
  /** That were in the request which went out. */
  readonly records: number;
}

export interface NotMade {
  readonly code: 'request-none' | 'request-not-kept';
  readonly message: string;
}

/** With this record alone: the others of its request are other people. */
export async function makeAgain(
  ports: Pick<ApiPorts, 'state' | 'hmac' | 'tools' | 'plans'>,
  run: Run,
  record: LoggedRecord,
): Promise<MadeAgain | NotMade> {
  const part = record.request === null ? undefined : partOf(run, record.request);
  if (!part || record.key === null) return noRequest(run);
  const config = await orSetAside(() => readConfig(ports.state, run));
  const lines = config && (await linesOf(ports, run, part));
  const line = lines && (await lineOf(ports, run, record.key, lines));
  if (!config || !lines || !line) return notKept(run);
  return { ...requestOf(ports, config, line, part), records: lines.length };
}

interface Part {
  readonly attempt: string;
  readonly phase: 'deleting' | 'upserting';
  readonly chunk: number;
  readonly from: number;
  readonly to: number;
  readonly key: string;
  readonly isUpdate: boolean;
}

/** Of the key that `idempotencyKey` makes. */
function partOf({ id }: Run, key: string): Part | undefined {
  const rest = key.startsWith(`${id}-`) ? key.slice(id.length + 1) : '';
  const [, attempt, phase, chunk, from, to, update] =
    /^([a-z0-9]+)-([du])(\d+)-(\d+)-(\d+)(?:-r\d+)?(-u)?$/.exec(rest) ?? [];
  if (attempt === undefined) return undefined;
  return {
    attempt,
    phase: phase === 'd' ? 'deleting' : 'upserting',
    chunk: Number(chunk),
    from: Number(from),
    to: Number(to),
    key,
    isUpdate: update !== undefined,
  };
}

const linesOf = (
  { plans }: Pick<ApiPorts, 'plans'>,
  { sync, id }: Run,
  { attempt, phase, chunk, from, to }: Part,
): Promise<ChunkLine[] | undefined> =>
  plans.find(planObject(sync, id, attempt), {
    part: { phase, chunk, from, to },
    limit: to - from,
  });

/** The log may have the key hashed. */
async function lineOf(
  { state, hmac }: Pick<ApiPorts, 'state' | 'hmac'>,
  { sync }: Run,
  key: string,
  lines: readonly ChunkLine[],
): Promise<ChunkLine | undefined> {
  const plain = lines.find((line) => line.key === key);
  if (plain) return plain;
  const hashKey = await readLogKey(state, sync);
  return hashKey && lines.find((line) => hmac(hashKey, line.key) === key);
}

function requestOf(
  { tools }: Pick<ApiPorts, 'tools'>,
  { destination, sync }: RunConfig,
  line: ChunkLine,
  { key, isUpdate }: Part,
) {
  const delivery = deliveryOf(destination, sync, tools);
  const sent = isUpdate ? { ...line, action: 'update' as const } : line;
  const composed = delivery.compose([sent], key);
  const { method, url, body } = composed;
  return {
    method,
    url,
    headers: shownHeaders(destination, composed),
    ...(body && { body: new TextDecoder().decode(body) }),
  };
}

const noRequest = ({ id }: Run): NotMade => ({
  code: 'request-none',
  message: `The record was in no request of the run ${id}. Its code and reason say why.`,
});

const notKept = ({ id }: Run): NotMade => ({
  code: 'request-not-kept',
  message: `What the run ${id} sent is no longer kept: it is deleted when the sync has closed as many runs since as its observability.snapshotsToRetain says. Raise that to keep more.`,
});
