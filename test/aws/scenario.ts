/** One story of a sync, told over any implementation, and what it leaves: answers, items, keys, members, alerts. */

import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { request } from 'undici';
import { z } from 'zod';
import type { LocalMirror } from '../../local/mirror.ts';
import { sampleSyncOf } from '../../local/sample.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { Guards } from '../../shared/contracts/sync.ts';
import { nextTimes } from '../../shared/schedules/next-times.ts';
import { addSync, type FlowWorld, mirrorFiles, startWorld } from '../flow/world.ts';
import { until } from '../local/fixtures/until.ts';

export interface Left {
  readonly answers: readonly unknown[];
  readonly items: readonly string[];
  readonly keys: readonly string[];
  readonly members: readonly string[];
  readonly alerts: readonly unknown[];
}

const sync = 'people';
const schedule = { type: 'cron', expression: '17 3 * * *' } as const;
const row = (name: string, title = '1') => `${name}@example.com,${name},B,C,${title}`;
const csv = (rows: readonly string[]) =>
  new Map([['people.csv', ['email,first_name,last_name,country,title', ...rows].join('\n')]]);
const first = 'ada bo cy di eve fay'.split(' ');

/** @param alertsOf those that were raised in this world */
export async function play(
  options: Parameters<typeof startWorld>[0],
  alertsOf: (world: FlowWorld<LocalMirror>) => Promise<readonly unknown[]>,
): Promise<Left> {
  let aheadMs = 0;
  const world = await startWorld({ ...options, schedulerNow: () => Date.now() + aheadMs });
  const { mirror } = world;
  const api = await mirror.serve();
  const answers: unknown[] = [];
  const tell = ({ status, trigger, result }: Run) =>
    answers.push({ status, trigger, counts: result?.counts, error: result?.error?.code });
  const post = async (path: string) => {
    const { statusCode, body } = await request(`${api.url}/v1${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${api.tokens.write}` },
    });
    const { id, code } = Answer.parse(await body.json());
    answers.push({ path: path.replace(/runs\/[^/]+/, 'runs/…'), statusCode, code });
    return id ?? '';
  };
  const exported = (rows: readonly string[]) =>
    mirror.export(
      `exports/${sync}/`,
      new Map([...csv(rows)].map(([name, text]) => [name, Buffer.from(text)])),
    );
  try {
    const settings = { schedule, guards: Guards.parse({ deletesAbove: 2 }) };
    await addSync(world, sync, { sync: settings });
    // By hand, through the API.
    await exported([...first.map((name) => row(name)), ',No,Key,C,1']);
    tell(await mirror.follow(sync, await post(`/syncs/${sync}/runs`)));
    // By the clock.
    await exported([row('ada', '2'), ...first.slice(1).map((name) => row(name)), row('gus')]);
    await mirror.aws.invoke('sweep', {});
    const now = Date.now() + aheadMs;
    aheadMs += (nextTimes(schedule, now, 1)[0] ?? now) - now;
    mirror.aws.fireSchedules();
    const started = async () =>
      (await mirror.runs.listRuns(sync, 10)).items.find(({ trigger }) => trigger === 'schedule');
    await until(async () => (await started()) !== undefined);
    tell(await mirror.follow(sync, (await started())?.id ?? ''));
    // Held, told, and approved.
    const held = await mirrorFiles(world, sync, csv(first.slice(3).map((name) => row(name))));
    tell(held);
    tell(await mirror.follow(sync, await post(`/syncs/${sync}/runs/${held.id}/approve`)));
    // The clock may have tidied amid the story, and does so once a day: with other settings it is due again.
    const observability = { ...sampleSyncOf().observability, logRetentionDays: 7 } as const;
    await addSync(world, sync, { sync: { ...settings, observability } });
    await mirror.aws.invoke('tidy', {});
    return { answers, ...(await leftBy(world)), alerts: await alertsOf(world) };
  } finally {
    await world.close();
  }
}

const Answer = z.looseObject({ id: z.string().optional(), code: z.string().optional() });

async function leftBy({
  mirror,
  platform,
}: FlowWorld<LocalMirror>): Promise<Pick<Left, 'items' | 'keys' | 'members'>> {
  const runs = (await mirror.runs.listRuns(sync, 100)).items.map(({ id }) => id).sort();
  const plain = (text: string) => withoutChance(text, runs);
  return {
    items: (await itemsOf(mirror)).map(plain).sort(),
    keys: (await keysOf(mirror)).map(plain).sort(),
    members: [...platform.members(sync).values()].map((member) => JSON.stringify(member)).sort(),
  };
}

async function itemsOf({ aws }: FlowWorld<LocalMirror>['mirror']): Promise<string[]> {
  const client = new DynamoDBClient(aws.unguardedTable);
  const { Items = [] } = await client.send(new ScanCommand({ TableName: aws.table }));
  client.destroy();
  return Items.map((item) => JSON.stringify(sorted(unmarshall(item))));
}

async function keysOf({ aws }: FlowWorld<LocalMirror>['mirror']): Promise<string[]> {
  const client = new S3Client(aws.clients.s3);
  const keys: string[] = [];
  for (const Bucket of Object.values(aws.buckets)) {
    const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
    keys.push(...Contents.map(({ Key }) => `${Bucket}/${Key}`));
  }
  client.destroy();
  return keys;
}

/** Ids and times differ from run to run, whatever it runs on. */
const withoutChance = (text: string, runs: readonly string[]) =>
  runs
    .reduce((left, run, index) => left.replaceAll(run, `run${index + 1}`), text)
    .replace(/http:\/\/127\.0\.0\.1:\d+/g, 'http://platform')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'uuid')
    .replace(/\b0[0-9a-z]{25}\b/g, 'id')
    // Files of tables hold times.
    .replace(/"bytes":\d+/g, '"bytes":some')
    .replace(/[0-9a-f]{32,64}/g, 'digest')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'time')
    .replace(/\b1\d{12}\b/g, 'milliseconds')
    .replace(/\b1\d{9}\b/g, 'seconds');

function sorted(tree: unknown): unknown {
  if (Array.isArray(tree)) return tree.map(sorted);
  if (typeof tree !== 'object' || tree === null) return tree;
  const entries = Object.entries(tree).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, value]) => [name, sorted(value)]));
}
