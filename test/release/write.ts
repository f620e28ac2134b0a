/**
 * `npm run release:state`: stores what this release stores, for every later one to read (`release.test.ts`). Until the
 * release is out it may be written anew, as often as a format still changes; from then on its formats are read for good,
 * and the command refuses.
 */
import { execFileSync } from 'node:child_process';
import { hash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { SQSClient } from '@aws-sdk/client-sqs';
import { z } from 'zod';
import { startDirect } from '../../local/direct/system.ts';
import type { Platform } from '../../local/platform/platform.ts';
import type { LocalSystem } from '../../local/system.ts';
import { createQueue } from '../../shared/aws/queue.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { releasedOf, writeReleased } from '../cdk/released.ts';
import { synthesise } from '../cdk/synthesised.ts';
import { storedRecords, writeRecords } from './golden.ts';
import {
  Item,
  type Members,
  type Message,
  placeOf,
  platformOf,
  tell,
  writeRelease,
} from './release.ts';

const { version } = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')));
const place = placeOf(version);

const path = '/audiences/{{connection.audienceId}}/members';
const body = '{"members": [$$.records.{"email": email, "name": name}]}';
const fields = { email: { required: true, hash: 'SHA256' }, name: { whenEmpty: '' } };

const destination = (url: string) => ({
  id: 'platform',
  name: 'Platform',
  baseUrl: url,
  concurrency: 1,
  headers: { 'x-release': version },
  actions: {
    insert: { method: 'POST', path, batchSize: 2, body, fields },
    update: { method: 'PUT', path, batchSize: 2, body, fields },
    delete: {
      method: 'DELETE',
      path,
      batchSize: 2,
      body: '{"members": [$$.records.{"email": email}]}',
      fields: { email: fields.email },
    },
  },
});

const sync = (id: string) => ({
  id,
  name: id,
  destination: 'platform',
  audience: { id, name: id },
  source: { bucket: 'audience-mirror-snapshots', prefix: `exports/${id}/` },
  key: ['email'],
  identity: ['email'],
  mappings: { email: { column: 'email' }, name: { column: 'name' } },
  normalise: { email: ['email'], name: ['trim'] },
  guards: { deletesAbove: 3 },
  // Long over by the time a later release reads it: the clock of the test stands where this was written.
  schedule: { type: 'cron', expression: '17 3 * * 1' },
});

const member = (key: string, name: string) => `${key}@example.com,${name}`;
const many = [...Array(60).keys()].map((number) => member(`many${number}`, '1'));
const people = (keys: string, name: string) => [...keys].map((key) => member(key, name));
const csv = (rows: readonly string[]) =>
  new Map([['people.csv', Buffer.from(`${['email,name', ...rows].join('\n')}\n`)]]);

type Call = (method: string, path: string, body?: object) => Promise<unknown>;

async function callerOf(system: LocalSystem): Promise<Call> {
  const { url, tokens } = await system.serve();
  return async (method, path, body) => {
    const answer = await fetch(`${url}/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${tokens.write}`,
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`);
    return answer.status === 204 ? undefined : answer.json();
  };
}

/** Mirrored twice, so that there is a base and a delta, and somebody whom the platform refused. */
async function closed(system: LocalSystem, id: string): Promise<void> {
  await ended(system, id);
  await system.export(`exports/${id}/`, csv([...people('bcdef', '1'), member('g', '2'), ...many]));
  await ended(system, id);
}

async function ended(system: LocalSystem, id: string): Promise<Run> {
  return system.follow(id, (await system.start(id)) ?? '');
}

/** Deletes and inserts are settled, of the updates one request; the platform has the second wait. */
async function opened(system: LocalSystem, platform: Platform): Promise<Run> {
  await system.export('exports/open/', csv(people('abcdefgh', '1')));
  await ended(system, 'open');
  await tell(platform, 'PUT', '/faults', {
    script: ['ok', 'ok', 'ok', 'ok'],
    mode: 'status',
    status: 429,
    retryAfter: 3_600,
  });
  await system.export(
    'exports/open/',
    csv([...people('cdef', '2'), ...people('gh', '1'), ...people('ijk', '1'), 'no-address,1']),
  );
  const id = (await system.start('open')) ?? '';
  for (;;) {
    const run = await system.runs.getRun('open', id);
    if (run && (await progressed(system, run))) return run;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** The waiting chunk's progress is stored before it waits. */
const progressed = async (system: LocalSystem, run: Run) =>
  (await system.state.list(`runs/open/${run.id}/`)).some((key) => key.includes('/progress/'));

/** What the queues would hold for the open run, as their adapter writes it. */
async function messagesOf(system: LocalSystem, run: Run): Promise<Message[]> {
  const messages: Message[] = [];
  const client = new SQSClient({ region: 'eu-west-1' });
  const add = (queue: string, text: string | undefined) =>
    messages.push({ queue: z.enum(['plan', 'send', 'close']).parse(queue), body: text ?? '' });
  client.middlewareStack.add(
    () =>
      async ({ input }) => {
        const call = z
          .object({
            QueueUrl: z.string(),
            MessageBody: z.string().optional(),
            Entries: z.array(z.object({ MessageBody: z.string() })).optional(),
          })
          .parse(input);
        for (const { MessageBody } of call.Entries ?? [call]) add(call.QueueUrl, MessageBody);
        return { output: { $metadata: {} }, response: undefined };
      },
    { step: 'initialize', priority: 'high' },
  );
  const queue = createQueue(client, {
    plan: () => 'plan',
    send: () => 'send',
    close: () => 'close',
  });
  const name = { sync: run.sync, run: run.id, epoch: run.epoch };
  await queue.sendPlan(name);
  const attempt = run.plan?.attempt ?? '';
  const pending = await system.runs.listPending(run, attempt, 'upserting');
  await queue.sendChunks(
    pending.items.map(({ chunk }) => ({
      message: { ...name, attempt, phase: 'upserting', chunk },
      lane: 'platform#0',
      once: undefined,
    })),
  );
  await queue.sendClose(name);
  client.destroy();
  return messages;
}

function itemsIn(folder: string): Item[] {
  const database = new DatabaseSync(join(folder, 'state.db'), { readOnly: true });
  const rows = database.prepare('SELECT item FROM items ORDER BY pk, sk').all();
  database.close();
  return rows.map(({ item }) => Item.parse(JSON.parse(String(item))));
}

function isOut(): boolean {
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  return execFileSync('git', ['tag', '--list', `v${version}`], { cwd, encoding: 'utf8' }) !== '';
}

async function write(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'release-'));
  const platform = await platformOf({});
  const system = await startDirect(folder);
  const call = await callerOf(system);
  await call('POST', '/destinations', destination(platform.url));
  const ids = ['closed', 'open', 'held'];
  for (const id of ids) {
    await system.export(`exports/${id}/`, csv([...people('abcdef', '1'), ...many]));
    await call('POST', '/syncs', sync(id));
  }
  await closed(system, 'closed');
  await tell(platform, 'PUT', '/faults', { rejectMembers: [hash('sha256', 'b@example.com')] });
  await closed(system, 'held');
  await system.export('exports/held/', csv(people('g', '1')));
  await ended(system, 'held');
  const run = await opened(system, platform);
  const messages = await messagesOf(system, run);
  await system.close();
  const members: Members = Object.fromEntries(
    ids.map((id) => [id, [...platform.members(id).values()]]),
  );
  await platform.close();
  rmSync(place, { recursive: true, force: true });
  writeRelease(place, folder, { at: Date.now(), items: itemsIn(folder), messages, members });
  writeRecords(storedRecords());
  writeReleased(releasedOf(synthesise({}, 'audience-mirror').template));
  rmSync(folder, { recursive: true });
}

if (existsSync(place) && isOut()) {
  throw new Error(
    `Release ${version} is out: what it stored stays as it was written. Count the version up in package.json first.`,
  );
}
await write();
process.stdout.write(`Written to ${place}.\n`);
