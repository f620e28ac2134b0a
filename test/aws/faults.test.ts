/** The adapters over services that fail now and then: what the SDK does not repeat is repeated. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import type { FaultyOptions } from '../../local/aws/faulty.ts';
import { makeBuckets } from '../../local/aws/function-wiring.ts';
import { clientConfig, functionArn } from '../../local/aws/identity.ts';
import { startS3 } from '../../local/aws/s3.ts';
import { startSqs } from '../../local/aws/sqs.ts';
import { listening } from '../../local/loopback.ts';
import { sampleSyncOf } from '../../local/sample.ts';
import { createQueue } from '../../shared/aws/queue.ts';
import { createSchedules } from '../../shared/aws/schedules.ts';
import { createSecretVault } from '../../shared/aws/secret-vault.ts';
import { readSecret } from '../../shared/aws/secrets.ts';
import { createSnapshotStore } from '../../shared/aws/snapshot-store.ts';
import { createStateStore } from '../../shared/aws/state-store.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import { answerOfSecrets } from '../deployed/secrets-manager.ts';
import { MovedClock } from '../local/fixtures/moved-clock.ts';
import { faulty } from './faulty-services.ts';

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (let close = closers.pop(); close; close = closers.pop()) await close();
});

/** As `random` would be if it said these first, and never again. */
const firstly = (...said: number[]) => ({ next: () => said.shift() ?? 1 });

async function stateStore(shares: FaultyOptions['shares'], random: ReturnType<typeof firstly>) {
  const folder = mkdtempSync(join(tmpdir(), 'faults-'));
  closers.push(() => rmSync(folder, { recursive: true }));
  const s3 = await startS3({ folder: join(folder, 's3') });
  closers.push(() => s3.close());
  await makeBuckets({ ...clientConfig(s3.endpoint), forcePathStyle: true });
  const { before, met, close } = faulty(shares, random);
  closers.push(close);
  const config = { ...clientConfig(await before('s3', s3.endpoint)), forcePathStyle: true };
  const client = new S3Client(config);
  closers.push(() => client.destroy());
  const file = join(folder, 'file');
  writeFileSync(file, 'x'.repeat(100_000));
  return { client, state: createStateStore(client, 'audience-mirror-state'), file, met };
}

test.each(['busy', 'reset-before', 'conflict'] as const)(
  'a file is put, and replaced, though the first try meets %s',
  async (fault) => {
    const { state, file, met } = await stateStore({ [fault]: 0.5 }, firstly(0, 1, 1, 0));
    expect(await state.putIfAbsent('log', { file })).toBe(true);
    const tag = (await state.tag('log')) ?? '';
    expect(await state.replace('log', tag, { file })).toBe(true);
    expect((await state.get('log'))?.length).toBe(100_000);
    expect(met.get(fault)).toBeGreaterThanOrEqual(1);
  },
);

test('a snapshot whose reading breaks off in the middle is read on from there, whole or a part of it', async () => {
  const { client, met } = await stateStore({ 'reset-within': 0.9 }, firstly(0, 0, 1, 0, 1));
  const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) % 251));
  const Bucket = 'audience-mirror-state';
  await client.send(new PutObjectCommand({ Bucket, Key: 'export', Body: content }));
  const snapshots = createSnapshotStore(client, [Bucket]);
  const [object] = await snapshots.list(Bucket, 'export');
  if (!object) throw new Error('not listed');
  expect(await buffer(await snapshots.read(Bucket, object))).toEqual(content);
  expect(met.get('reset-within')).toBe(2);
  const part = { from: 1_000, to: 200_000 };
  expect(await buffer(await snapshots.read(Bucket, object, part))).toEqual(
    content.subarray(part.from, part.to + 1),
  );
  expect(met.get('reset-within')).toBe(3);
});

test('an object that was written over while its reading broke off is a changed snapshot', async () => {
  const { client } = await stateStore({ 'reset-within': 0.9 }, firstly(0));
  const Bucket = 'audience-mirror-state';
  const put = (Body: string) => client.send(new PutObjectCommand({ Bucket, Key: 'export', Body }));
  await put('a'.repeat(300_000));
  const snapshots = createSnapshotStore(client, [Bucket]);
  const [object] = await snapshots.list(Bucket, 'export');
  if (!object) throw new Error('not listed');
  const bytes = await snapshots.read(Bucket, object);
  await put('b'.repeat(300_000));
  await expect(buffer(bytes)).rejects.toMatchObject({ code: 'snapshot-changed' });
});

test('secrets are read and put though Secrets Manager is throttled; where it stays so, that passes', async () => {
  const server = await listening(
    createServer(async (request, response) => {
      const { headers } = request;
      const call = {
        method: 'POST',
        url: new URL('http://here'),
        headers,
        body: await buffer(request),
      };
      const { status, text } = answerOfSecrets(call);
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(text);
    }),
  );
  closers.push(() => server.close());
  const random = firstly(0, 1, 0, 1, 0, 1);
  const { before, met, close } = faulty({ busy: 0.5 }, random);
  closers.push(close);
  const client = new SecretsManagerClient(
    clientConfig(await before('secretsmanager', server.endpoint)),
  );
  closers.push(() => client.destroy());
  await createSecretVault(client, 'stack/').put('platform', { token: 'a-token' });
  expect(await readSecret(client, 'stack/platform')).toEqual({ token: 'a-token' });
  expect(met.get('busy')).toBe(3);
  random.next = () => 0;
  await expect(readSecret(client, 'stack/platform')).rejects.toMatchObject({
    code: 'secret-unavailable',
  });
});

test('schedules are made and found though Scheduler is throttled', async () => {
  const clock = new MovedClock();
  await clock.open();
  closers.push(() => clock.remove());
  clock.addGroup('syncs');
  const { before, met, close } = faulty({ busy: 0.5 }, firstly(0, 1, 0, 1, 0, 1, 0, 1));
  closers.push(close);
  const client = new SchedulerClient(clientConfig(await before('scheduler', clock.endpoint)));
  closers.push(() => client.destroy());
  const schedules = createSchedules(client, {
    group: 'syncs',
    target: functionArn('start-run'),
    role: 'arn:aws:iam::000000000000:role/schedules',
    deadLetters: 'arn:aws:sqs:us-east-1:000000000000:starts',
  });
  const sync = Sync.parse({
    ...sampleSyncOf(),
    version: 1,
    schedule: { type: 'cron', expression: '0 8 * * *' },
  });
  await schedules.put(sync);
  expect(await schedules.heal(async () => ({ items: [sync], unreadable: [] }))).toEqual({
    created: 0,
    removed: 0,
  });
  expect(met.get('busy')).toBeGreaterThanOrEqual(3);
});

test('every message is queued, though a batch takes only some', async () => {
  const sqs = await startSqs();
  closers.push(() => sqs.close());
  const { before, met, close } = faulty({ 'failed-entries': 0.5 });
  closers.push(close);
  const client = new SQSClient(clientConfig(await before('sqs', sqs.endpoint)));
  closers.push(() => client.destroy());
  const url = () => sqs.queues.send.url;
  const queue = createQueue(client, { plan: url, send: url, close: url });
  const message = {
    sync: 's',
    run: 'r',
    epoch: 1,
    attempt: 'p',
    phase: 'deleting',
    chunk: 1,
  } as const;
  let taken = 0;
  for (let tries = 0; tries < 10; tries += 1) {
    const sends = Array.from({ length: 9 }, (_, i) => ({
      message,
      lane: `l${i}`,
      once: undefined,
    }));
    await queue.sendChunks(sends).then(
      () => (taken += 9),
      (error) => {
        expect(error).toMatchObject({
          code: 'queue-refused',
          message: expect.stringMatching(/ 1 mess/),
        });
        taken += 8;
      },
    );
  }
  expect(met.get('failed-entries')).toBeGreaterThan(5);
  const { Attributes } = await client.send(
    new GetQueueAttributesCommand({ QueueUrl: url(), AttributeNames: ['All'] }),
  );
  expect(Attributes?.ApproximateNumberOfMessages).toBe(String(taken));
});
