/**
 * What AWS refuses, as a table: each row a request, the error that AWS gives it, and where that is written. It knows no
 * implementation: it is given clients and places, and says what came back.
 */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import type { S3Client } from '@aws-sdk/client-s3';
import type { SchedulerClient } from '@aws-sdk/client-scheduler';
import type { SQSClient } from '@aws-sdk/client-sqs';

/** Clients try once. The bucket and both queues are there, and empty; so is the table, with the keys `pk` and `sk`. */
export interface Place {
  readonly dynamodb: DynamoDBClient;
  readonly table: string;
  readonly s3: S3Client;
  readonly bucket: string;
  readonly sqs: SQSClient;
  readonly standardQueue: string;
  readonly fifoQueue: string;
  readonly scheduler: SchedulerClient;
  /** Of schedules. */
  readonly group: string;
  readonly events: EventBridgeClient;
  readonly bus: string;
}

export type Service = 'dynamodb' | 's3' | 'sqs' | 'scheduler' | 'events';

export interface Rule {
  readonly service: Service;
  /** What is refused, or must be taken where `error` is `none`. */
  readonly what: string;
  readonly send: (place: Place) => Promise<unknown>;
  /** The SDK's name of the error; `none` for the largest that is still taken. Some are written nowhere: then any error will do. */
  readonly error: string | 'none' | 'any';
  /** Address of the document, or of a report of what AWS answered. */
  readonly source: string;
}

/** The name of the error that came back, or `none`. */
export async function answerTo(rule: Rule, place: Place): Promise<string> {
  try {
    await rule.send(place);
    return 'none';
  } catch (error) {
    return error instanceof Error ? error.name : String(error);
  }
}

/** Services and SDKs write one error in several ways. */
const bare = (name: string) =>
  name
    .replace(/^.*[#.]/, '')
    .replace(/Exception$/, '')
    .replace(/^NonExistentQueue$/, 'QueueDoesNotExist');

export const holds = (rule: Rule, answer: string): boolean =>
  rule.error === 'any' ? answer !== 'none' : bare(answer) === bare(rule.error);

/** A batch of SQS or EventBridge answers 200 and names what it did not take: thrown here, under its code. */
export function refusedEntry(
  entries: readonly {
    readonly Code?: string | undefined;
    readonly ErrorCode?: string | undefined;
  }[] = [],
): void {
  const code = entries.map((entry) => entry.Code ?? entry.ErrorCode).find((each) => each);
  if (code !== undefined) throw Object.assign(new Error(code), { name: code });
}
