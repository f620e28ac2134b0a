/** The rules of EventBridge and of its Scheduler. */
import { type PutEventsRequestEntry as Entry, PutEventsCommand } from '@aws-sdk/client-eventbridge';
import {
  CreateScheduleCommand,
  type CreateScheduleCommandInput,
  DeleteScheduleCommand,
} from '@aws-sdk/client-scheduler';
import { type Place, type Rule, refusedEntry } from '../rule.ts';

const putting = 'https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html';
const sizes = 'https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html';
const scheduling =
  'https://docs.aws.amazon.com/scheduler/latest/APIReference/API_CreateSchedule.html';

const events =
  (...entries: Partial<Entry>[]) =>
  async (place: Place) => {
    const usual = { EventBusName: place.bus, Source: 'test', DetailType: 'test', Detail: '{}' };
    const Entries = entries.map((entry) => ({ ...usual, ...entry }));
    const { Entries: answers } = await place.events.send(new PutEventsCommand({ Entries }));
    refusedEntry(answers);
  };
const detailOf = (bytes: number) => JSON.stringify({ a: 'x'.repeat(bytes - 8) });

let made = 0;
const schedule = (input: Partial<CreateScheduleCommandInput>) => (place: Place) =>
  place.scheduler.send(
    new CreateScheduleCommand({
      Name: `rule-${++made}`,
      GroupName: place.group,
      ScheduleExpression: 'cron(0 0 1 1 ? 2199)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: 'arn:aws:lambda:us-east-1:000000000000:function:none',
        RoleArn: 'arn:aws:iam::000000000000:role/none',
      },
      ...input,
    }),
  );

const ofEvents: readonly Omit<Rule, 'service'>[] = [
  {
    what: 'an event of more than 256 KB',
    send: events({ Detail: detailOf(262_144) }),
    error: 'any',
    source: sizes,
  },
  {
    what: 'an event of a little less than 256 KB',
    send: events({ Detail: detailOf(262_000) }),
    error: 'none',
    source: sizes,
  },
  {
    what: 'two events of 256 KB together',
    send: events({ Detail: detailOf(131_072) }, { Detail: detailOf(131_072) }),
    error: 'any',
    source: sizes,
  },
  {
    what: 'eleven events',
    send: events(...Array.from({ length: 11 }, () => ({}))),
    error: 'ValidationException',
    source: putting,
  },
  {
    what: 'an event whose detail is no JSON',
    send: events({ Detail: 'x' }),
    error: 'MalformedDetail',
    source: putting,
  },
  {
    what: 'a type of 129 characters',
    send: events({ DetailType: 'x'.repeat(129) }),
    error: 'any',
    source: putting,
  },
];

const ofScheduler: readonly Omit<Rule, 'service'>[] = [
  {
    what: 'a name of 65 characters',
    send: schedule({ Name: 'x'.repeat(65) }),
    error: 'ValidationException',
    source: scheduling,
  },
  {
    what: 'a name with a blank',
    send: schedule({ Name: 'a b' }),
    error: 'ValidationException',
    source: scheduling,
  },
  {
    what: 'an expression that is none',
    send: schedule({ ScheduleExpression: 'every day' }),
    error: 'ValidationException',
    source: scheduling,
  },
  {
    what: 'a schedule of no group',
    send: schedule({ GroupName: 'nowhere' }),
    error: 'ResourceNotFoundException',
    source: scheduling,
  },
  {
    what: 'a schedule twice',
    send: async (at) => {
      const Name = `twice-${++made}`;
      await schedule({ Name })(at);
      await schedule({ Name })(at);
    },
    error: 'ConflictException',
    source: scheduling,
  },
  {
    what: 'to delete a schedule that is not there',
    send: (at) =>
      at.scheduler.send(new DeleteScheduleCommand({ Name: 'none', GroupName: at.group })),
    error: 'ResourceNotFoundException',
    source: 'https://docs.aws.amazon.com/scheduler/latest/APIReference/API_DeleteSchedule.html',
  },
];

export const eventRules: readonly Rule[] = [
  ...ofEvents.map((row) => ({ service: 'events' as const, ...row })),
  ...ofScheduler.map((row) => ({ service: 'scheduler' as const, ...row })),
];
