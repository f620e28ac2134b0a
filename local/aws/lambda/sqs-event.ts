/** A received batch as the handler sees it: Lambda's event of an SQS event source. */
import type { SQSEvent, SQSMessageAttribute, SQSRecord } from 'aws-lambda';
import { z } from 'zod';
import { region } from '../identity.ts';

const ReceivedAttribute = z.object({
  DataType: z.string(),
  StringValue: z.string().optional(),
  BinaryValue: z.instanceof(Uint8Array).optional(),
});
type ReceivedAttribute = z.infer<typeof ReceivedAttribute>;

/** A message as SQS gives it. */
export const Received = z.object({
  MessageId: z.string(),
  ReceiptHandle: z.string(),
  Body: z.string(),
  MD5OfBody: z.string(),
  Attributes: z.looseObject({
    ApproximateReceiveCount: z.string(),
    ApproximateFirstReceiveTimestamp: z.string(),
    SenderId: z.string(),
    SentTimestamp: z.string(),
  }),
  MessageAttributes: z.record(z.string(), ReceivedAttribute).optional(),
});
export type Received = z.infer<typeof Received>;

export function sqsEvent(messages: readonly Received[], queueArn: string): SQSEvent {
  return { Records: messages.map((message) => recordOf(message, queueArn)) };
}

function recordOf(message: Received, queueArn: string): SQSRecord {
  const attributes = Object.entries(message.MessageAttributes ?? {});
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes,
    messageAttributes: Object.fromEntries(
      attributes.map(([name, value]) => [name, attributeOf(value)]),
    ),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queueArn,
    awsRegion: region,
  };
}

function attributeOf({ DataType, StringValue, BinaryValue }: ReceivedAttribute) {
  const attribute: SQSMessageAttribute = {
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
  if (StringValue !== undefined) attribute.stringValue = StringValue;
  if (BinaryValue !== undefined) {
    attribute.binaryValue = Buffer.from(BinaryValue).toString('base64');
  }
  return attribute;
}
