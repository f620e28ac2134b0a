import { expect, test } from 'vitest';
import { functions, heldSeconds, queueNames, queues } from '../../shared/contracts/wiring.ts';
import { synthesise } from './synthesised.ts';

const { all, one } = synthesise();
const day = 86_400;
const construct = { plan: 'Queues/Plan', send: 'Queues/Send', close: 'Queues/Close' };
const consumer = { 'plan-run': 'PlanRun', 'send-chunk': 'SendChunk', 'close-run': 'CloseRun' };
const queue = (name: string) => one('AWS::SQS::Queue', name);

test.each(queueNames)('the %s queue is as the wiring says', (name) => {
  const wiring = queues[name];
  const properties = queue(construct[name]);
  expect(properties.FifoQueue ?? false).toBe(wiring.fifo);
  expect(properties.VisibilityTimeout).toBe(wiring.visibilitySeconds);
  expect(properties.MessageRetentionPeriod).toBe(wiring.retentionDays * day);
  expect(properties.RedrivePolicy).toEqual({
    deadLetterTargetArn: `<${construct[name]}DeadLetters>`,
    maxReceiveCount: wiring.maxReceives,
  });
});

// https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
test.each(queueNames)(
  'Lambda may try a message of the %s queue for six time-outs, and its receiver has it for one',
  (name) => {
    const { timeoutSeconds } = functions[queues[name].consumer];
    expect(queue(construct[name]).VisibilityTimeout).toBeGreaterThanOrEqual(6 * timeoutSeconds);
    expect(heldSeconds(name)).toBeGreaterThan(timeoutSeconds);
    expect(heldSeconds(name)).toBeLessThan(2 * timeoutSeconds);
  },
);

test.each(queueNames)('what fails in the %s queue for good is kept for two weeks', (name) => {
  const dead = queue(`${construct[name]}DeadLetters`);
  expect(dead.FifoQueue ?? false).toBe(queues[name].fifo);
  expect(dead.MessageRetentionPeriod).toBe(14 * day);
  expect(dead).not.toHaveProperty('RedrivePolicy');
});

test.each(queueNames)(
  'one receiver takes one message of the %s queue and reports on it',
  (name) => {
    const to = consumer[queues[name].consumer];
    expect(one('AWS::Lambda::EventSourceMapping', `${to}/Source`)).toMatchObject({
      FunctionName: `<${to}/Function>`,
      EventSourceArn: `<${construct[name]}>`,
      BatchSize: 1,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      ScalingConfig: { MaximumConcurrency: queues[name].maxConcurrency },
    });
  },
);

test('no function is fed by anything else', () => {
  expect(all('AWS::Lambda::EventSourceMapping').size).toBe(queueNames.length);
});

test('every queue is encrypted and answers over TLS only', () => {
  expect([...all('AWS::SQS::Queue').keys()].sort()).toEqual(
    [
      'Alerts/DeadLetters',
      'Schedules/DeadLetters',
      ...Object.values(construct).flatMap((name) => [name, `${name}DeadLetters`]),
    ].sort(),
  );
  for (const { name, properties } of all('AWS::SQS::Queue').values()) {
    expect(properties.SqsManagedSseEnabled, name).toBe(true);
    const { Statement } = one('AWS::SQS::QueuePolicy', `${name}/Policy`).PolicyDocument;
    expect(Statement).toContainEqual({
      Action: 'sqs:*',
      Effect: 'Deny',
      Principal: { AWS: '*' },
      Resource: `<${name}>`,
      Condition: { Bool: { 'aws:SecureTransport': 'false' } },
    });
    expect(Statement).toHaveLength(name === 'Alerts/DeadLetters' ? 2 : 1);
  }
});
