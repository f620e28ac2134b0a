import { expect, test } from 'vitest';
import { sweepMinutes, tidyMinutes } from '../../shared/contracts/wiring.ts';
import { synthesise } from './synthesised.ts';

const { all, one } = synthesise();
const asynchronous = (name: string) =>
  one('AWS::Lambda::EventInvokeConfig', `${name}/Function/EventInvokeConfig`);

const clocks: [string, string, number][] = [
  ['Sweep', `rate(${sweepMinutes} minutes)`, sweepMinutes],
  ['Tidy', 'rate(1 hour)', tidyMinutes],
];

test.each(clocks)(
  '%s runs at %s, and is not tried again: the next one follows',
  (name, rate, minutes) => {
    expect(all('AWS::Scheduler::Schedule').size).toBe(clocks.length);
    expect(one('AWS::Scheduler::Schedule', `Schedules/${name}`)).toMatchObject({
      ScheduleExpression: rate,
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: {
        Arn: `<${name}/Function>`,
        RoleArn: `<Schedules/${name}Role>`,
        RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: minutes * 60 },
      },
    });
    expect(asynchronous(name).MaximumRetryAttempts).toBe(0);
  },
);

test.each(clocks)('the schedule of %s is made after the role may be used', (name) => {
  expect(all('AWS::Scheduler::Schedule').get(`Schedules/${name}`)?.dependsOn).toContain(
    `Schedules/${name}Role/DefaultPolicy`,
  );
});

test('a start that fails on every try is set aside', () => {
  expect(asynchronous('StartRun')).toMatchObject({
    MaximumRetryAttempts: 2,
    MaximumEventAgeInSeconds: 3_600,
    DestinationConfig: { OnFailure: { Destination: '<Schedules/DeadLetters>' } },
  });
});

test('syncs have a group for their schedules', () => {
  expect([...all('AWS::Scheduler::ScheduleGroup').keys()]).toEqual(['Schedules/Group']);
});
