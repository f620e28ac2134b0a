/** Where each object of the state bucket and the log bucket lies. Objects are written once and never changed. */
import type { SendPhase } from './run.ts';

const padded = (epoch: number) => String(epoch).padStart(10, '0');

/** Where an attempt at closing writes of the next mirror; the pointer names the objects that count. */
export const mirrorAttempt = (sync: string, epoch: number, attempt: string) =>
  `${mirrorPrefix(sync)}${padded(epoch)}/${attempt}/`;

/** `layer`: all entries, or those that changed. `part`: by the hash of the key. */
export const mirrorObject = (attempt: string, layer: 'base' | 'delta', part = 0) =>
  `${attempt}${layer}/${part}.parquet`;

/** The attempt that wrote an object of a mirror. */
export const attemptOfMirror = (object: string) => object.replace(/(base|delta)\/[^/]*$/, '');

/** The pointer to the mirror that the attempt made: for whoever has lost the table's. */
export const pointerObject = (attempt: string) => `${attempt}pointer.json`;

/** What an object of a mirror holds since people were taken out of it. */
export const erasedObject = (location: string) => `${location}.erased.json`;

export const mirrorPrefix = (sync: string) => `mirrors/${sync}/`;

/** The epoch of the run that wrote a mirror; undefined where the key is none of a mirror. */
export function epochOfMirror(key: string): number | undefined {
  const [, epoch] = /^mirrors\/[^/]+\/(\d+)\//.exec(key) ?? [];
  return epoch === undefined ? undefined : Number(epoch);
}

/** Of all runs of a sync. */
export const runsPrefix = (sync: string) => `runs/${sync}/`;

export const runPrefix = (sync: string, run: string) => `${runsPrefix(sync)}${run}/`;

/** The run that an object belongs to; undefined where the key is none of this sync's runs. */
export function runOfObject(sync: string, key: string): string | undefined {
  const [run, rest] = key.startsWith(runsPrefix(sync))
    ? key.slice(runsPrefix(sync).length).split('/')
    : [];
  return rest === undefined ? undefined : run;
}

export const configObject = (sync: string, run: string) => `${runPrefix(sync, run)}config.json`;

/** What a dry run would have done. */
export const reportObject = (sync: string, run: string) => `${runPrefix(sync, run)}report.json`;

/** Everything one attempt at planning and its sending wrote. */
export const attemptPrefix = (sync: string, run: string, attempt: string) =>
  `${runPrefix(sync, run)}${attempt}/`;

export interface ChunkAddress {
  readonly sync: string;
  readonly run: string;
  readonly attempt: string;
  readonly phase: SendPhase;
  readonly chunk: number;
}

const inAttempt = (a: ChunkAddress, kind: string) =>
  `${attemptPrefix(a.sync, a.run, a.attempt)}${kind}/${a.phase}/${a.chunk}`;

export const planObject = (sync: string, run: string, attempt: string) =>
  `${attemptPrefix(sync, run, attempt)}plan.parquet`;

/** What the turns of a plan in parts leave for each other; once it is planned, what it consists of. */
export const planPartsObject = (sync: string, run: string) => `${runPrefix(sync, run)}parts.json`;

/** Of one part. */
export const partObject = (sync: string, run: string, attempt: string, name: string) =>
  `${attemptPrefix(sync, run, attempt)}parts/${name}.parquet`;

/** What a try of a query writes, by the query's own account. */
export const queryPrefix = (
  sync: string,
  run: string,
  attempt: string,
  query: string,
  tries: number,
) => `${attemptPrefix(sync, run, attempt)}queries/${query}-${tries}/`;

export const chunkObject = (address: ChunkAddress) => `${inAttempt(address, 'chunks')}.ndjson.gz`;

/** What one sender knows of a chunk; only that sender writes it, and it writes over its own. */
export const progressObject = (address: ChunkAddress, sender: string) =>
  `${progressPrefix(address)}${sender}.ndjson.gz`;

export const progressPrefix = (address: ChunkAddress) => `${inAttempt(address, 'progress')}/`;

/** What one sender learnt of the platform's ids of a chunk's records; only that sender writes it. */
export const idsObject = (address: ChunkAddress, sender: string) =>
  `${idsPrefix(address)}${sender}.ndjson.gz`;

export const idsPrefix = (address: ChunkAddress) => `${inAttempt(address, 'ids')}/`;

/** Of all chunks of a phase. */
export const idsOfPhase = (a: Omit<ChunkAddress, 'chunk'>) =>
  `${attemptPrefix(a.sync, a.run, a.attempt)}ids/${a.phase}/`;

/** The chunk that an object of learnt ids is about; undefined where the key is none. */
export function chunkOfIds(key: string): number | undefined {
  const [, chunk] = /\/ids\/[a-z]+\/(\d+)\//.exec(key) ?? [];
  return chunk === undefined ? undefined : Number(chunk);
}

/** The items of a chunk, chosen once: its requests follow from them. */
export const itemsObject = (address: ChunkAddress) => `${inAttempt(address, 'items')}.ndjson.gz`;

export const outcomesObject = (address: ChunkAddress) =>
  `${inAttempt(address, 'outcomes')}.ndjson.gz`;

/** That the session around a phase was opened, and how it ended. */
export const sessionObject = (
  { sync, run, attempt, phase }: Omit<ChunkAddress, 'chunk'>,
  what: 'begun' | 'ended',
) => `${attemptPrefix(sync, run, attempt)}sessions/${phase}/${what}.json`;

/** One member for each reason of a run's failures. */
export const examplesObject = (sync: string, run: string) => `${historyPrefix(sync)}${run}.json`;

export const historyPrefix = (sync: string) => `history/${sync}/`;

/** What the keys of a sync's log are hashed with. */
export const logKeyObject = (sync: string) => `log-keys/${sync}`;

/** In the log bucket: all logs of a sync that are kept this long. A lifecycle rule knows them by the first folder. */
export const logPrefix = (retainDays: number, sync: string) =>
  `sync-logs/retain=${retainDays}/sync=${sync}/`;

/** In the log bucket. `startedAt`: of the run; the day is UTC's. */
export const logObject = (
  retainDays: number,
  {
    sync,
    id,
    startedAt,
  }: { readonly sync: string; readonly id: string; readonly startedAt: number },
) =>
  `${logPrefix(retainDays, sync)}date=${new Date(startedAt).toISOString().slice(0, 10)}/${id}.parquet`;

/** The request of an erasure that is not over. */
export const erasureObject = (sync: string, erasure: string) =>
  `${openErasures}${sync}/${erasure}.json`;

export const openErasures = 'erasures/open/';

/** The day of a log's run; undefined where the key is none of a log. */
export const logDateOf = (key: string): string | undefined =>
  /\/date=(\d{4}-\d{2}-\d{2})\//.exec(key)?.[1];

export const receiptObject = (sync: string, erasure: string) =>
  `${receiptPrefix(sync)}${erasure}.json`;

export const receiptPrefix = (sync: string) => `erasures/receipts/${sync}/`;

/** Of a run that erases: how it ends but for what is still to be taken out, and how far that is. */
export const foldedObject = (sync: string, run: string) => `${runPrefix(sync, run)}folded.json`;
export const scrubPrefix = (sync: string, run: string) => `${runPrefix(sync, run)}scrub/`;
