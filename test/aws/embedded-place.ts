/** The embedded services as a place for rules. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { S3Client } from '@aws-sdk/client-s3';
import { SchedulerClient } from '@aws-sdk/client-scheduler';
import { SQSClient } from '@aws-sdk/client-sqs';
import { scheduleGroup } from '../../local/aws/function-wiring.ts';
import { startEmbeddedAws } from '../../local/aws/index.ts';
import type { Place } from './rule.ts';

export async function embeddedPlace(): Promise<Place & { close(): Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'rules-'));
  const aws = await startEmbeddedAws({ folder, functions: {} });
  const once = { maxAttempts: 1 };
  return {
    dynamodb: new DynamoDBClient({ ...aws.clients.dynamodb, ...once }),
    table: aws.table,
    s3: new S3Client({ ...aws.clients.s3, ...once }),
    bucket: aws.buckets.state,
    sqs: new SQSClient({ ...aws.clients.sqs, ...once }),
    standardQueue: aws.queues.plan.url,
    fifoQueue: aws.queues.send.url,
    scheduler: new SchedulerClient({ ...aws.clients.scheduler, ...once }),
    group: scheduleGroup,
    events: new EventBridgeClient({ ...aws.clients.events, ...once }),
    bus: 'default',
    async close() {
      await aws.close(0);
      rmSync(folder, { recursive: true });
    },
  };
}
