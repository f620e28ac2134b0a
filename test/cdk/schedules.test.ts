import { expect, test } from 'vitest';
import { sweepMinutes } from '../../shared/contracts/wiring.ts';
import { synthesise } from './synthesised.ts';

const { all, one } = synthesise();
const asynchronous = (name: string) =>
  one('AWS::Lambda::EventInvokeConfig', `${name}/Function/EventInvokeConfig`);

test('sweep runs by the clock of the wiring, and is not tried again: the next one follows', () => {
  expect(all('AWS::Scheduler::Schedule').size).toBe(1);
  expect(one('AWS::Scheduler::Schedule', 'Schedules/Sweep')).toMatchObject({
    ScheduleExpression: `rate(${sweepMinutes} minutes)`,
    FlexibleTimeWindow: { Mode: 'OFF' },
    Target: {
      Arn: '<Sweep/Function>',
      RoleArn: '<Schedules/SweepRole>',
      RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: sweepMinutes * 60 },
    },
  });
  expect(asynchronous('Sweep').MaximumRetryAttempts).toBe(0);
});

test('its schedule is made after the role may be used', () => {
  expect(all('AWS::Scheduler::Schedule').get('Schedules/Sweep')?.dependsOn).toContain(
    'Schedules/SweepRole/DefaultPolicy',
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
