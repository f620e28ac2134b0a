/** Whom to tell: alerts are events on a bus of their own, and a rule makes mail of them. */
import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  EventBus,
  EventField,
  Match,
  Rule,
  type RuleTargetConfig,
  RuleTargetInput,
} from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Queue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { alertSource, deliveriesDue } from '../shared/contracts/alert.ts';
import { env } from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import { ownName } from './own-name.ts';
import { deadLetterQueue } from './queues.ts';
import type { Settings } from './settings.ts';

const events = new ServicePrincipal('events.amazonaws.com');
const alarms = new ServicePrincipal('cloudwatch.amazonaws.com');

export interface AlertsProps {
  /** Where the API is, with a slash at its end; the links of the alerts are below it. */
  readonly apiUrl: string;
  readonly settings: Pick<Settings, 'alertEmail' | 'alertTopicArn'>;
}

export class Alerts extends Construct {
  readonly bus: EventBus;
  /** Also for alarms. */
  readonly topic: ITopic;
  /** Makes mail of the alerts. */
  readonly rule: Rule;
  /** Alerts that could not be given to the topic. Nobody takes them out but a person. */
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.bus = new EventBus(this, 'Bus', {
      eventBusName: ownName(this),
      description: 'Audience Mirror: what somebody should be told of',
    });
    const { alertEmail, alertTopicArn } = props.settings;
    const made = alertTopicArn === undefined ? makeTopic(this) : undefined;
    this.topic = made?.topic ?? Topic.fromTopicArn(this, 'Topic', alertTopicArn ?? '');
    if (alertEmail !== undefined) this.topic.addSubscription(new EmailSubscription(alertEmail));
    this.deadLetters = deadLetterQueue(this, 'DeadLetters');
    this.rule = new Rule(this, 'Rule', {
      description: 'Audience Mirror: tells the topic of each alert',
      eventBus: this.bus,
      eventPattern: { source: [alertSource], detailType: Match.anythingBut(deliveriesDue) },
      targets: [{ bind: () => this.target(props.apiUrl) }],
    });
    const ofRule = { ArnEquals: { 'aws:SourceArn': this.rule.ruleArn } };
    // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
    const { queueArn } = this.deadLetters;
    this.deadLetters.addToResourcePolicy(allow(events, ['sqs:SendMessage'], queueArn, ofRule));
    // Of a topic of somebody else's its owner says who may publish to it.
    if (made) {
      this.letRulePublish(made.key, ofRule);
      this.letAlarmsPublish(made.key);
    }
  }

  private target(apiUrl: string): RuleTargetConfig {
    const { topicArn: arn } = this.topic;
    return { arn, input: mail(apiUrl), deadLetterConfig: { arn: this.deadLetters.queueArn } };
  }

  /**
   * By resource policies, and no role: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
   * The key's statement has no condition on the source: SNS knows none for EventBridge, and with one nothing arrives.
   * https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html Nothing but this topic is encrypted with the key.
   */
  private letRulePublish(key: Key, ofRule: Record<string, Record<string, string>>): void {
    this.topic.addToResourcePolicy(allow(events, ['sns:Publish'], this.topic.topicArn, ofRule));
    key.addToResourcePolicy(allow(events, sealing, '*'));
  }

  private letAlarmsPublish(key: Key): void {
    const ofAccount = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.topic.addToResourcePolicy(allow(alarms, ['sns:Publish'], this.topic.topicArn, ofAccount));
    key.addToResourcePolicy(allow(alarms, sealing, '*', ofAccount));
  }

  /** Whoever tells webhooks does so when there is something to tell; what it misses, its schedule finds. */
  wake(teller: MirrorFunction): void {
    const event = RuleTargetInput.fromObject({ deliver: true });
    new Rule(this, 'Deliveries', {
      description: 'Audience Mirror: webhooks are told at once',
      eventBus: this.bus,
      eventPattern: { source: [alertSource], detailType: [deliveriesDue] },
      targets: [new LambdaFunction(teller.lambda, { event, retryAttempts: 0 })],
    });
  }

  grantRaise(...functions: MirrorFunction[]): void {
    for (const each of functions) {
      each.allow(['events:PutEvents'], [this.bus.eventBusArn]);
      each.setEnv(env.alertBus, this.bus.eventBusName);
    }
  }
}

/** With a key that is not the members': what the services named above may use, they use for alerts only. */
function makeTopic(scope: Construct): { readonly topic: Topic; readonly key: Key } {
  const key = new Key(scope, 'Key', {
    description: 'Audience Mirror: alerts on their way',
    enableKeyRotation: true,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  const displayName = 'Audience Mirror';
  const topic = new Topic(scope, 'Topic', { displayName, masterKey: key, enforceSSL: true });
  return { topic, key };
}

/** What the topic holds is encrypted by those who publish to it. */
const sealing = ['kms:Decrypt', 'kms:GenerateDataKey'];

const allow = (
  service: ServicePrincipal,
  actions: string[],
  resource: string,
  conditions?: Record<string, Record<string, string>>,
): PolicyStatement =>
  new PolicyStatement({
    principals: [service],
    actions,
    resources: [resource],
    ...(conditions && { conditions }),
  });

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
