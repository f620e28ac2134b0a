/** What starts by the clock: the syncs' own schedules, sweep and tidy. */
import { Duration, Stack } from 'aws-cdk-lib';
import { PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnSchedule, CfnScheduleGroup, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { env, sweepMinutes, tidyMinutes } from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import { deadLetterQueue, takeDeadLetters } from './queues.ts';

export interface SchedulesProps {
  readonly startRun: MirrorFunction;
  readonly sweep: MirrorFunction;
  readonly tidy: MirrorFunction;
}

export class Schedules extends Construct {
  /** Holds one schedule for each sync; they are made as syncs are saved, and go with the group. */
  readonly group: CfnScheduleGroup;
  /** What a sync's schedule may do: start runs, and set aside the starts that failed. */
  readonly role: Role;
  /** Starts that failed: the scheduler could not call start-run, or start-run failed on every try. */
  readonly deadLetters: Queue;
  private readonly startRun: MirrorFunction;

  constructor(scope: Construct, id: string, props: SchedulesProps) {
    super(scope, id);
    this.startRun = props.startRun;
    // CloudFormation names it: a name of ours might still be going from an earlier deployment.
    this.group = new CfnScheduleGroup(this, 'Group');
    this.deadLetters = deadLetterQueue(this, 'DeadLetters');
    this.role = this.roleFor('Role', props.startRun, this.group.attrArn);
    const toDeadLetters = { actions: ['sqs:SendMessage'], resources: [this.deadLetters.queueArn] };
    this.role.addToPolicy(new PolicyStatement(toDeadLetters));
    props.startRun.allow(toDeadLetters.actions, toDeadLetters.resources);
    props.startRun.lambda.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(1),
      onFailure: { bind: () => ({ destination: this.deadLetters.queueArn }) },
    });
    takeDeadLetters(props.sweep, this.deadLetters, env.startDeadLettersUrl);
    this.everyFewMinutes('Sweep', props.sweep, sweepMinutes, 'looks for runs that stopped moving');
    this.everyFewMinutes('Tidy', props.tidy, tidyMinutes, 'lets go of what is no longer kept');
    this.grantManage(props.sweep);
  }

  /** Makes and removes the syncs' schedules, which start runs in the one role for that. */
  grantManage(to: MirrorFunction): void {
    const schedules = (group: string) =>
      Stack.of(this).formatArn({
        service: 'scheduler',
        resource: 'schedule',
        resourceName: `${group}/*`,
      });
    to.allowPattern(
      ['scheduler:CreateSchedule', 'scheduler:DeleteSchedule'],
      [schedules(this.group.ref)],
      'Schedules are made as syncs are saved; the group is theirs alone.',
    );
    // Scheduler asks for the right to list all groups even where one is named.
    to.allowPattern(
      ['scheduler:ListSchedules'],
      [schedules('*')],
      'EventBridge Scheduler knows no narrower right to list; a listing holds names only.',
    );
    to.allow(['iam:PassRole'], [this.role.roleArn]);
    to.setEnv(env.scheduleGroup, this.group.ref);
    to.setEnv(env.startFunction, this.startRun.lambda.functionArn);
    to.setEnv(env.scheduleRole, this.role.roleArn);
    to.setEnv(env.startDeadLetters, this.deadLetters.queueArn);
  }

  /** Neither Lambda nor the scheduler tries one again: the next does all that it would. */
  private everyFewMinutes(id: string, target: MirrorFunction, minutes: number, why: string): void {
    const interval = Duration.minutes(minutes);
    target.lambda.configureAsyncInvoke({ retryAttempts: 0, maxEventAge: interval });
    // In the account's default group, so that the syncs' group holds syncs and nothing else.
    const defaultGroup = Stack.of(this).formatArn({
      service: 'scheduler',
      resource: 'schedule-group',
      resourceName: 'default',
    });
    const role = this.roleFor(`${id}Role`, target, defaultGroup);
    const schedule = new CfnSchedule(this, id, {
      description: `Audience Mirror: ${why}`,
      scheduleExpression: ScheduleExpression.rate(interval).expressionString,
      flexibleTimeWindow: { mode: 'OFF' },
      target: {
        arn: target.lambda.functionArn,
        roleArn: role.roleArn,
        retryPolicy: { maximumRetryAttempts: 0, maximumEventAgeInSeconds: interval.toSeconds() },
      },
    });
    schedule.node.addDependency(role);
  }

  /** Only schedules of this group may take the role, and only on behalf of this account. */
  private roleFor(id: string, target: MirrorFunction, groupArn: string): Role {
    const role = new Role(this, id, {
      assumedBy: new ServicePrincipal('scheduler.amazonaws.com', {
        conditions: {
          StringEquals: {
            'aws:SourceAccount': Stack.of(this).account,
            'aws:SourceArn': groupArn,
          },
        },
      }),
    });
    role.addToPolicy(
      new PolicyStatement({
        actions: ['lambda:InvokeFunction'],
        resources: [target.lambda.functionArn],
      }),
    );
    return role;
  }
}
