/**
 * What a month costs: `npm run cost`. One run of each kind is played over the embedded services, its calls are counted on their
 * way, and multiplied with list prices (`bench/cost/prices.ts`). `--write`: keeps the table in docs/cost.md.
 */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buckets } from '../local/aws/function-wiring.ts';
import { startMirror } from '../local/mirror.ts';
import { startPlatform } from '../local/platform/platform.ts';
import { sampleDestination, sampleSyncOf } from '../local/sample.ts';
import type { FunctionName } from '../shared/contracts/wiring.ts';
import {
  type Bill,
  billOf,
  type Counted,
  type CountedRun,
  runAlone,
  totalOf,
  type Workload,
} from './cost/bill.ts';
import { counting, noCalls } from './cost/counted.ts';
import { pricesOf } from './cost/prices.ts';

const sync = 'counted';
const members = 12_000;

async function counted(): Promise<Counted> {
  const folder = await mkdtemp(join(tmpdir(), 'mirror-cost-'));
  const platform = await startPlatform();
  const relays: { close(): Promise<void> }[] = [];
  let calls = noCalls();
  let invocations = new Map<string, number>();
  const mirror = await startMirror(folder, {
    inFrontOf: async (service, endpoint) => {
      const relay = await counting(service, endpoint, () => calls);
      relays.push(relay);
      return relay.endpoint;
    },
    onInvocation: ({ functionName }) =>
      invocations.set(functionName, (invocations.get(functionName) ?? 0) + 1),
  });
  const sample = { ...sampleDestination(platform.url), id: 'to', name: 'To' };
  await mirror.configs.putDestination(sample);
  await mirror.configs.putSync({
    ...sampleSyncOf(),
    id: sync,
    name: sync,
    destination: 'to',
    source: { ...sampleSyncOf().source, bucket: buckets.snapshots, prefix: `exports/${sync}/` },
    schedule: { type: 'manual' },
  });
  const exported = (title: (at: number) => string) => {
    const rows = Array.from(
      { length: members },
      (_, at) => `p${at}@example.com,A,B,C,${title(at)}`,
    );
    const text = ['email,first_name,last_name,country,title', ...rows].join('\n');
    return mirror.export(`exports/${sync}/`, new Map([['people.csv', Buffer.from(text)]]));
  };
  const play = async (work: () => Promise<number>): Promise<CountedRun> => {
    calls = noCalls();
    invocations = new Map();
    const chunks = await work();
    const made: Partial<Record<FunctionName, number>> = Object.fromEntries(invocations);
    return { ...calls, invocations: made, chunks };
  };
  const run = async () => {
    const id = (await mirror.start(sync)) ?? '';
    await mirror.follow(sync, id);
    const { plan } = (await mirror.runs.getRun(sync, id)) ?? {};
    return (plan?.chunks.deleting ?? 0) + (plan?.chunks.upserting ?? 0);
  };
  try {
    await exported(() => 'first');
    const many = await play(run);
    const unchanged = await play(run);
    await exported((at) => (at % 100 === 0 ? 'second' : 'first'));
    const few = await play(run);
    const sweep = await play(async () => {
      await mirror.aws.invoke('sweep', {});
      return 0;
    });
    return { unchanged, few, many, sweep };
  } finally {
    await mirror.close();
    for (const relay of relays) await relay.close();
    await platform.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const hourly = 730;
const workloads: readonly Workload[] = [
  {
    title: '1 M members, unchanged, every 5 minutes',
    syncs: 1,
    members: 1e6,
    runs: hourly * 12,
    changes: 0,
    isFirst: false,
  },
  {
    title: '1 M members, 1 % changed, every hour',
    syncs: 1,
    members: 1e6,
    runs: hourly,
    changes: 1e4,
    isFirst: false,
  },
  {
    title: '10 M members, the first run alone',
    syncs: 1,
    members: 1e7,
    runs: 1,
    changes: 1e7,
    isFirst: true,
  },
  {
    title: '100 syncs of 50,000, 1 % changed, every hour',
    syncs: 100,
    members: 5e4,
    runs: hourly,
    changes: 500,
    isFirst: false,
  },
];

const dollars = (value: number) => (value < 0.01 && value > 0 ? '< 0.01' : value.toFixed(2));
const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;

const found = await counted();
const bills = workloads.map((work): [string, Bill] => [work.title, billOf(work, found)]);
const [, first] = bills[0] ?? [];
const columns = Object.keys(first ?? {}) as (keyof Bill)[];
const table = [
  row(['a month, in US dollars', ...columns, 'all']),
  row(['---', ...columns.map(() => '--:'), '--:']),
  ...bills.map(([title, bill]) =>
    row([title, ...columns.map((name) => dollars(bill[name])), dollars(totalOf(bill))]),
  ),
];
const callsOf = ({ calls, writes, reads, puts, gets, chunks }: CountedRun) =>
  `${chunks} chunks; table ${calls.dynamodb} calls (${writes} units written, ${reads} read), S3 ${puts} put and ${gets} get, SQS ${calls.sqs}`;
const counts = Object.entries(found).map(([name, each]) => row([name, callsOf(each)]));
const unchanged = workloads.find(({ changes }) => changes === 0);
const perRun = unchanged ? runAlone(unchanged, found) : 0;
const text = [
  ...table,
  '',
  `One unchanged run: ${perRun.toFixed(7)} dollars. Counted on ${new Date().toISOString().slice(0, 10)}, with list prices of ${pricesOf.region} of ${pricesOf.year}, without the free tier.`,
  '',
  row(['a run', 'what it called']),
  row(['---', '---']),
  ...counts,
].join('\n');
console.log(text);
if (process.argv.includes('--write')) {
  const file = join(import.meta.dirname, '..', 'docs', 'cost.md');
  const page = await readFile(file, 'utf8');
  await writeFile(
    file,
    `${page.slice(0, page.indexOf('<!-- counted -->'))}<!-- counted -->\n\n${text}\n`,
  );
}
