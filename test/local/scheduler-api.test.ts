/** The calls of EventBridge Scheduler, with the real SDK client. */
import {
  ConflictException,
  CreateScheduleGroupCommand,
  type CreateScheduleInput,
  DeleteScheduleCommand,
  DeleteScheduleGroupCommand,
  GetScheduleCommand,
  ListSchedulesCommand,
  type ListSchedulesInput,
  ResourceNotFoundException,
  UpdateScheduleCommand,
  ValidationException,
} from '@aws-sdk/client-scheduler';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { functionArn } from '../../local/aws/identity.ts';
import { begin, definition, MovedClock } from './fixtures/moved-clock.ts';

let clock: MovedClock;

beforeEach(async () => {
  clock = new MovedClock();
  await clock.open();
});

afterEach(() => clock.remove());

test('What was created, updated and deleted is so', async () => {
  const { ScheduleArn } = await clock.create({ Description: 'first', State: 'DISABLED' });
  expect(ScheduleArn).toBe('arn:aws:scheduler:us-east-1:000000000000:schedule/default/daily');
  const found = await clock.client.send(new GetScheduleCommand({ Name: 'daily' }));
  expect(found).toMatchObject({
    ...definition(),
    Arn: ScheduleArn,
    GroupName: 'default',
    State: 'DISABLED',
    ScheduleExpressionTimezone: 'UTC',
    CreationDate: new Date(begin),
  });
  clock.now += 1_000;
  const cron = {
    ScheduleExpression: 'cron(0 8 ? * MON *)',
    ScheduleExpressionTimezone: 'Asia/Tokyo',
  };
  await clock.client.send(new UpdateScheduleCommand(definition(cron)));
  const updated = await clock.client.send(new GetScheduleCommand({ Name: 'daily' }));
  const LastModificationDate = new Date(begin + 1_000);
  expect(updated).toMatchObject({ ...cron, State: 'ENABLED', LastModificationDate });
  expect(updated.Description).toBeUndefined();
  await clock.client.send(new DeleteScheduleCommand({ Name: 'daily' }));
  const list = await clock.client.send(new ListSchedulesCommand({}));
  expect(list.Schedules).toEqual([]);
});

test('Schedules are listed by group, prefix and state, in pages', async () => {
  await clock.client.send(new CreateScheduleGroupCommand({ Name: 'mine' }));
  for (const Name of ['b1', 'a2', 'a1']) {
    await clock.create({ Name, GroupName: 'mine', State: 'DISABLED' });
  }
  await clock.create({ Name: 'a0' });
  const list = async (input: ListSchedulesInput) => {
    const answer = await clock.client.send(new ListSchedulesCommand(input));
    return { names: answer.Schedules?.map(({ Name }) => Name), next: answer.NextToken };
  };
  const prefixed = await list({ GroupName: 'mine', NamePrefix: 'a' });
  expect(prefixed).toEqual({ names: ['a1', 'a2'], next: undefined });
  expect((await list({ State: 'ENABLED' })).names).toEqual(['a0']);
  const { names, next } = await list({ MaxResults: 3 });
  expect(names).toEqual(['a0', 'a1', 'a2']);
  const last = await list({ MaxResults: 3, NextToken: next });
  expect(last).toEqual({ names: ['b1'], next: undefined });
});

test('Refusals are in the service’s own words', async () => {
  await clock.create();
  await expect(clock.create()).rejects.toThrow(ConflictException);
  const elsewhere = clock.create({ Name: 'x', GroupName: 'none' });
  await expect(elsewhere).rejects.toThrow(ResourceNotFoundException);
  for (const call of [
    new GetScheduleCommand({ Name: 'x' }),
    new DeleteScheduleCommand({ Name: 'daily', GroupName: 'x' }),
    new UpdateScheduleCommand(definition({ Name: 'x' })),
  ]) {
    const sent = clock.client.send(call as GetScheduleCommand);
    await expect(sent).rejects.toThrow(ResourceNotFoundException);
  }
  const group = clock.client.send(new CreateScheduleGroupCommand({ Name: 'default' }));
  await expect(group).rejects.toThrow(ConflictException);
});

test.each<[string, Partial<CreateScheduleInput>]>([
  ['another expression', { ScheduleExpression: 'every(5 minutes)' }],
  ['a rate of nothing', { ScheduleExpression: 'rate(0 minutes)' }],
  ['a rate of seconds', { ScheduleExpression: 'rate(10 seconds)' }],
  ['five cron fields', { ScheduleExpression: 'cron(0 8 * * MON)' }],
  ['both days', { ScheduleExpression: 'cron(0 8 1 * MON *)' }],
  ['neither day', { ScheduleExpression: 'cron(0 8 ? * ? *)' }],
  ['the 61st minute', { ScheduleExpression: 'cron(61 8 * * ? *)' }],
  ['the eighth day', { ScheduleExpression: 'cron(0 8 ? * 8 *)' }],
  ['the 30th of February', { ScheduleExpression: 'at(2026-02-30T08:00:00)' }],
  ['another time zone', { ScheduleExpressionTimezone: 'Europe/Atlantis' }],
  ['a queue as its target', { Target: { Arn: 'arn:aws:sqs:x', RoleArn: 'r' } }],
  ['no JSON as its input', { Target: { Arn: functionArn('f'), RoleArn: 'r', Input: '{' } }],
  ['a name with a blank', { Name: 'a b' }],
])('A schedule with %s is refused', async (_, input) => {
  await expect(clock.create(input)).rejects.toThrow(ValidationException);
});

test('What it does not do is answered 501', async () => {
  const call = clock.client.send(new DeleteScheduleGroupCommand({ Name: 'mine' }));
  const refusal = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };
  await expect(call).rejects.toMatchObject(refusal);
});
