/** For whoever answers for the audience: alarms that say who is hurt and what to do, and one dashboard. */
import { Duration } from 'aws-cdk-lib';
import {
  Alarm,
  ComparisonOperator,
  type IMetric,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import { Construct } from 'constructs';
import { runStatuses } from '../shared/contracts/run-status.ts';
import { sweepMinutes, tidyMinutes } from '../shared/contracts/wiring.ts';
import type { Alerts } from './alerts.ts';
import { OperationsDashboard, type Watched } from './dashboard.ts';
import { ofApi, ofFunction, ofRule, published, sumOf, waiting } from './figures.ts';
import type { MirrorFunction } from './mirror-function.ts';
import type { Settings } from './settings.ts';

export interface OperationsProps extends Watched {
  /** All there are. */
  /** The one that looks after the runs. */
  readonly sweep: MirrorFunction;
  /** The one that lets go of what is no longer kept. */
  readonly tidy: MirrorFunction;
  readonly settings: Pick<Settings, 'alarms' | 'dashboard'>;
  /** Their topic is told when an alarm goes on or off; and that they arrive is watched. */
  readonly alerts: Alerts;
}

/** Hours a run may stay in one phase before somebody should look. */
const oldestWorkHours = 6;

interface AlarmProps {
  readonly metric: IMetric;
  /** Who is hurt, and how: the reader was just woken up. */
  readonly hurt: string;
  /** @default 1 */
  readonly atLeast?: number;
  /** Periods of the metric in a row: of five minutes, but for tidy's. @default 1 */
  readonly periods?: number;
  /** No data is a bad sign. @default false */
  readonly silenceIsBad?: boolean;
  /** Goes on below the threshold instead. @default false */
  readonly isBelow?: boolean;
}

export class Operations extends Construct {
  private readonly made: Alarm[] = [];
  private readonly topic: ITopic;

  constructor(scope: Construct, id: string, props: OperationsProps) {
    super(scope, id);
    this.topic = props.alerts.topic;
    if (props.settings.alarms) this.addAlarms(props);
    if (props.settings.dashboard)
      new OperationsDashboard(this, 'Dashboard', { ...props, made: this.made });
  }

  private addAlarms(props: OperationsProps): void {
    const { functions, sweep, tidy, deadLetters, apiId } = props;
    this.alarm('FunctionsFailing', {
      metric: sumOf(
        'errors',
        functions.map((each) => ofFunction(each, 'Errors')),
      ),
      hurt: 'A function crashed, ran out of time or memory: runs wait, and members reach the platform late.',
    });
    this.alarm('StepsFailing', {
      metric: published(this, 'StepFailures'),
      atLeast: 5,
      periods: 3,
      hurt: 'Steps of runs fail again and again: members reach the platform late, or not at all.',
    });
    this.alarm('FunctionsThrottled', {
      metric: sumOf(
        'throttles',
        functions.map((each) => ofFunction(each, 'Throttles')),
      ),
      periods: 3,
      hurt: 'The account runs as many functions as it may: runs of all syncs are slow, and the API refuses callers.',
    });
    this.alarm('SweepStopped', {
      metric: ofFunction(sweep, 'Invocations'),
      isBelow: true,
      silenceIsBad: true,
      periods: Math.ceil((4 * sweepMinutes) / 5),
      hurt: 'Nobody looks after runs that stopped moving: a sync that is stuck stays so.',
    });
    this.alarm('TidyStopped', {
      metric: ofFunction(tidy, 'Invocations').with({ period: Duration.minutes(tidyMinutes) }),
      isBelow: true,
      silenceIsBad: true,
      periods: 4,
      hurt: 'Nobody lets go of what is over: mirrors, plans and logs of people are kept for longer than the syncs say.',
    });
    this.alarm('DeadLetters', {
      metric: sumOf('dead letters', deadLetters.map(waiting)),
      periods: 3,
      hurt: 'Work was given up for good: a sync missed its start, or members of a run are left to the next one.',
    });
    for (const { metric, hurt } of Object.values(runStatuses)) {
      if (metric === undefined || hurt === undefined) continue;
      this.alarm(metric, { metric: published(this, metric), hurt });
    }
    this.alarm('WorkTooOld', {
      metric: published(this, 'OldestWorkAge', 'Maximum'),
      atLeast: oldestWorkHours * 3_600,
      periods: 2,
      hurt: 'A run has been in one phase for hours: those who left the audience may still be addressed.',
    });
    this.watchAlerts(props.alerts);
    this.alarm('ApiFailing', {
      metric: ofApi(apiId, '5xx'),
      atLeast: 5,
      periods: 2,
      hurt: 'The API fails: nobody can save, start, approve or cancel anything. Schedules go on.',
    });
  }

  /** CloudWatch tells the topic by itself, so that this arrives where EventBridge may not publish. */
  private watchAlerts({ rule, bus, deadLetters }: Alerts): void {
    const failures = (['FailedInvocations', 'InvocationsFailedToBeSentToDlq'] as const).map(
      (name) => ofRule(rule, bus.eventBusName, name),
    );
    this.alarm('AlertsUndelivered', {
      metric: sumOf('alerts that no mail was made of', [...failures, waiting(deadLetters)]),
      hurt: 'Alerts do not arrive: runs may fail or be held, and nobody gets mail of it.',
    });
  }

  /** The id is also the heading of the alarm's section in the runbook. */
  private alarm(id: string, props: AlarmProps): void {
    const { metric, hurt, atLeast = 1, periods = 1, silenceIsBad, isBelow } = props;
    const alarm = new Alarm(this, id, {
      alarmDescription: `${hurt} What to do: docs/runbook.md#${id.toLowerCase()}`,
      metric,
      threshold: atLeast,
      evaluationPeriods: periods,
      comparisonOperator: isBelow
        ? ComparisonOperator.LESS_THAN_THRESHOLD
        : ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    });
    const action = new SnsAction(this.topic);
    alarm.addAlarmAction(action);
    alarm.addOkAction(action);
    this.made.push(alarm);
  }
}
