/** Whom to tell: alerts are events on a bus of their own, and a rule makes mail of them. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import { EventBus, EventField, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import { alertSource } from '../shared/contracts/alert.ts';
import { env } from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import type { Settings } from './settings.ts';

const events = new ServicePrincipal('events.amazonaws.com');
const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');

export interface AlertsProps {
  /** Where the API is, with a slash at its end; the links of the alerts are below it. */
  readonly apiUrl: string;
  readonly settings: Pick<Settings, 'alertEmail'>;
}

export class Alerts extends Construct {
  readonly bus: EventBus;
  /** Also for alarms. */
  readonly topic: Topic;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: Stack.of(this).stackName,
      description: 'Audience Mirror: what somebody should be told of',
    });
    // Not the members' key: what the services named here may use, they use for alerts only.
    const key = new Key(this, 'Key', {
      description: 'Audience Mirror: alerts on their way',
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.topic = new Topic(this, 'Topic', {
      displayName: 'Audience Mirror',
      masterKey: key,
      enforceSSL: true,
    });
    const { alertEmail } = props.settings;
    if (alertEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alertEmail));
    const rule = new Rule(this, 'Rule', {
      description: 'Audience Mirror: tells the topic of each alert',
      eventBus: this.bus,
      eventPattern: { source: [alertSource] },
      targets: [{ bind: () => ({ arn: this.topic.topicArn, input: mail(props.apiUrl) }) }],
    });
    const ofAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.letPublish(events, { ArnEquals: { 'aws:SourceArn': rule.ruleArn } });
    this.letPublish(alarms, ofAccount);
    // What the topic holds is encrypted by those who publish to it.
    key.addToResourcePolicy(
      new PolicyStatement({
        principals: [events, alarms],
        actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
        resources: ['*'],
        conditions: ofAccount,
      }),
    );
  }

  grantRaise(...functions: MirrorFunction[]): void {
    for (const each of functions) {
      each.allow(['events:PutEvents'], [this.bus.eventBusArn]);
      each.setEnv(env.alertBus, this.bus.eventBusName);
    }
  }

  private letPublish(service: ServicePrincipal, conditions: Record<string, unknown>): void {
    this.topic.addToResourcePolicy(
      new PolicyStatement({
        principals: [service],
        actions: ['sns:Publish'],
        resources: [this.topic.topicArn],
        conditions,
      }),
    );
  }
}

/** Line by line: mail shows each in quotes, and the field of an event that is missing as nothing. */
const mail = (apiUrl: string) =>
  RuleTargetInput.fromMultilineText(
    [
      `Audience Mirror: ${field('title')}`,
      field('message'),
      `Since ${field('since')}, ${field('count')} ${field('of')} (${field('code')})`,
      `Look here: ${apiUrl}${field('link')}`,
    ].join('\n'),
  );

const field = (name: string) => EventField.fromPath(`$.detail.${name}`);
