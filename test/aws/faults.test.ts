/** The adapters over services that fail now and then: what the SDK does not repeat is repeated. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { S3Client } from '@aws-sdk/client-s3';
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { afterEach, expect, test } from 'vitest';
import type { FaultyOptions } from '../../local/aws/faulty.ts';
import { makeBuckets } from '../../local/aws/function-wiring.ts';
import { clientConfig } from '../../local/aws/identity.ts';
import { startS3 } from '../../local/aws/s3.ts';
import { startSqs } from '../../local/aws/sqs.ts';
import { createQueue } from '../../shared/aws/queue.ts';
import { createStateStore } from '../../shared/aws/state-store.ts';
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
  return { state: createStateStore(client, 'audience-mirror-state'), file, met };
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
