/**
 * What a plan would cost to send. Prices are those that AWS lists for us-east-1, without the free tier; docs/deploy.md
 * has the same sums in words. An estimate, not a bill: requests are taken to last a second.
 */
import type { ActionName } from '../../contracts/destination.ts';
import type { DryRunEstimate } from '../../contracts/dry-run.ts';

const secondsPerRequest = 1;
/** Lambda on arm64, a second with 1 GB. */
const usdPerGbSecond = 0.000_013_333_4;
/** plan-run and close-run have 4 GB each; both begin with about three seconds whatever the audience. */
const planningGb = 4;
const planningSeconds = (members: number) => 3 + members * 6e-6;
/** Data out to the internet. */
const usdPerByte = 0.09 / 1e9;
/** S3: plan, chunk and outcomes. SQS and the table: a message, and a pending item that comes, is claimed and goes. */
const usdPerChunk = 2 * 0.000_005 + 3 * 0.000_000_4 + 4 * 0.000_000_625;

export interface PlannedSending {
  readonly requests: Readonly<Record<ActionName, number>>;
  /** Of all bodies. */
  readonly bytes: number;
  readonly chunks: number;
  /** Rows of the snapshot, or members of the mirror where those are more. */
  readonly members: number;
}

export interface Pace {
  readonly concurrency: number;
  readonly requestsPerSecond?: number | undefined;
}

export function estimate(
  planned: PlannedSending,
  { concurrency, requestsPerSecond }: Pace,
): DryRunEstimate {
  const { requests, bytes, chunks, members } = planned;
  const all = requests.insert + requests.update + requests.delete;
  // A lane waits for its answer or until it may send again, whichever is later.
  const between = requestsPerSecond === undefined ? 0 : concurrency / requestsPerSecond;
  const laneSeconds = all * Math.max(secondsPerRequest, between);
  const lanes = Math.max(1, Math.min(concurrency, all));
  const lambda =
    2 * planningGb * planningSeconds(members) * usdPerGbSecond + laneSeconds * usdPerGbSecond;
  const usd = lambda + bytes * usdPerByte + chunks * usdPerChunk;
  return {
    requests,
    bytes: Math.round(bytes),
    minutes: Number((laneSeconds / lanes / 60).toFixed(2)),
    usd: Number(usd.toFixed(6)),
  };
}
