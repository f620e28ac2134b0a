/** What a month costs, from what one run of each kind was counted to call. */
import { type FunctionName, functions } from '../../shared/contracts/wiring.ts';
import type { Calls } from './counted.ts';
import { alarmedMetrics, engineSeconds, ownMetrics, prices, usualSeconds } from './prices.ts';

/** One run as it was counted. */
export interface CountedRun extends Calls {
  readonly invocations: Readonly<Partial<Record<FunctionName, number>>>;
  readonly chunks: number;
}

export interface Workload {
  readonly title: string;
  readonly syncs: number;
  readonly members: number;
  /** Of each sync, in a month. */
  readonly runs: number;
  /** Of each run. */
  readonly changes: number;
  readonly isFirst: boolean;
}

/** Counted: a run without changes, one with few, one with many, and the stack's own sweep. */
export interface Counted {
  readonly unchanged: CountedRun;
  readonly few: CountedRun;
  readonly many: CountedRun;
  readonly sweep: CountedRun;
}

export type Bill = Readonly<
  Record<'Lambda' | 'DynamoDB' | 'S3' | 'SQS' | 'EventBridge' | 'standing', number>
>;

/** Records of a request, and of a chunk that has grown: as the sample's destination and `chunkSize` have them. */
const recordsARequest = 1_000;
const recordsAChunk = 20_000;
const bytesAMember = 120;
const hoursAMonth = 730;

const numbers = ['writes', 'reads', 'puts', 'gets'] as const;
const services = ['dynamodb', 's3', 'sqs', 'scheduler', 'events'] as const;

/** On the line through the two that were counted, by their chunks. */
export function runOf({ few, many }: Pick<Counted, 'few' | 'many'>, chunks: number): CountedRun {
  const share = many.chunks === few.chunks ? 0 : (chunks - few.chunks) / (many.chunks - few.chunks);
  const at = (a: number, b: number) => Math.max(0, a + (b - a) * share);
  const [writes, reads, puts, gets] = numbers.map((name) => at(few[name], many[name]));
  const calls = Object.fromEntries(
    services.map((name) => [name, at(few.calls[name], many.calls[name])]),
  ) as CountedRun['calls'];
  const invocations = Object.fromEntries(
    Object.entries(few.invocations).map(([name, count]) => [
      name,
      at(count, many.invocations[name as FunctionName] ?? 0),
    ]),
  );
  const units = { writes: writes ?? 0, reads: reads ?? 0, puts: puts ?? 0, gets: gets ?? 0 };
  return { ...units, calls, invocations, chunks };
}

function lambda(run: CountedRun, seconds: Readonly<Partial<Record<FunctionName, number>>>): number {
  const waited = services.reduce((sum, name) => sum + run.calls[name] * usualSeconds[name], 0);
  const all = Object.values(run.invocations).reduce((sum, count) => sum + count, 0);
  return (Object.entries(run.invocations) as [FunctionName, number][]).reduce(
    (sum, [name, count]) => {
      const { memoryMb, scratchMb } = functions[name];
      // Its share of the waits, one after the other, though many are at once.
      const took = count * usualSeconds.begin + (waited * count) / all + (seconds[name] ?? 0);
      const scratch = ((scratchMb - 512) / 1_024) * prices.lambda.scratchGbSecond;
      const second = (memoryMb / 1_024) * prices.lambda.gbSecond + scratch;
      return sum + count * prices.lambda.request + took * second;
    },
    0,
  );
}

const parts = (run: CountedRun) => ({
  DynamoDB: run.writes * prices.dynamodb.write + run.reads * prices.dynamodb.read,
  S3: run.puts * prices.s3.put + run.gets * prices.s3.get,
  SQS: run.calls.sqs * prices.sqs.fifo,
  EventBridge: run.calls.events * prices.events.event,
});

/** What is there whether anything runs or not: keys, a secret and alarms; and metrics by the hours in which they are told. */
function standing({ syncs, runs }: Workload): number {
  const { kms, secrets, cloudwatch } = prices;
  const hoursWithRuns = Math.min(1, (syncs * runs) / hoursAMonth);
  const metrics = ownMetrics.always + ownMetrics.withRuns * hoursWithRuns;
  return (
    2 * kms.keyMonth +
    secrets.secretMonth +
    alarmedMetrics * cloudwatch.alarmMonth +
    metrics * cloudwatch.metricMonth
  );
}

/** Lambda polls each queue with five receives at once, of 20 seconds each. */
const pollsAMonth = 5 * 3 * 60 * hoursAMonth;

export function billOf(work: Workload, counted: Counted): Bill {
  const { syncs, members, runs, changes, isFirst } = work;
  const chunks = Math.ceil(changes / recordsAChunk);
  const run = changes === 0 ? counted.unchanged : runOf(counted, chunks);
  const requests = Math.ceil(changes / recordsARequest);
  const { planMember, planChange, closeMember } = engineSeconds;
  const seconds =
    changes === 0
      ? {}
      : {
          'plan-run': members * planMember + changes * planChange,
          'send-chunk': requests * usualSeconds.platform,
          'close-run': members * closeMember + (isFirst ? changes * planChange : 0) / 2,
        };
  const times = syncs * runs;
  const sweeps = (hoursAMonth * 60) / 5;
  const each = parts(run);
  const own = parts(counted.sweep);
  const gb = (syncs * members * bytesAMember) / 1e9;
  const { s3, sqs, events } = prices;
  return {
    Lambda: times * lambda(run, seconds) + sweeps * lambda(counted.sweep, {}),
    DynamoDB: times * each.DynamoDB + sweeps * own.DynamoDB,
    S3: times * each.S3 + gb * s3.gbMonth,
    SQS: times * each.SQS + pollsAMonth * (2 * sqs.standard + sqs.fifo),
    EventBridge: times * (each.EventBridge + events.schedule) + sweeps * events.schedule,
    standing: standing(work),
  };
}

/** What one run costs by itself. */
export const runAlone = (work: Workload, counted: Counted): number =>
  totalOf(billOf({ ...work, runs: 1 }, counted)) -
  totalOf(billOf({ ...work, runs: 0 }, counted)) -
  (standing({ ...work, runs: 1 }) - standing({ ...work, runs: 0 }));

export const totalOf = (bill: Bill): number =>
  Object.values(bill).reduce((sum, each) => sum + each, 0);
