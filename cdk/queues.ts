/** The three queues between the steps of a run, each with a dead-letter queue. */
import { Duration, Validations } from 'aws-cdk-lib';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import { type IQueue, Queue, QueueEncryption, type QueueProps } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import {
  type EnvName,
  env,
  type QueueName,
  queueNames,
  queues,
} from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import type { Settings } from './settings.ts';

const urlOf: Record<QueueName, EnvName> = {
  plan: env.planQueue,
  send: env.sendQueue,
  close: env.closeQueue,
};

const deadUrlOf: Record<QueueName, EnvName> = {
  plan: env.planDeadLetters,
  send: env.sendDeadLetters,
  close: env.closeDeadLetters,
};

export function takeDeadLetters(to: MirrorFunction, queue: Queue, url: EnvName): void {
  to.allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [queue.queueArn]);
  to.setEnv(url, queue.queueUrl);
}

/** Messages hold pointers only: the key of SQS itself is enough for them. */
const safe = {
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
} as const satisfies QueueProps;

/** A queue for what failed on every try: kept for as long as SQS can, should nobody take it out. */
export function deadLetterQueue(scope: Construct, id: string, props: QueueProps = {}): Queue {
  const queue = new Queue(scope, id, { ...safe, retentionPeriod: Duration.days(14), ...props });
  Validations.of(queue).acknowledge({
    id: 'AwsSolutions-SQS3',
    reason: 'It is itself the dead-letter queue.',
  });
  return queue;
}

export interface QueuesProps {
  readonly settings: Pick<Settings, 'concurrency'>;
}

export class Queues extends Construct {
  private readonly byName: Readonly<Record<QueueName, Queue>>;
  private readonly deadByName = new Map<QueueName, Queue>();

  private readonly concurrency: Settings['concurrency'];

  constructor(scope: Construct, id: string, props: QueuesProps) {
    super(scope, id);
    this.concurrency = props.settings.concurrency;
    this.byName = {
      plan: this.queue('Plan', 'plan'),
      send: this.queue('Send', 'send'),
      close: this.queue('Close', 'close'),
    };
  }

  url(name: QueueName): string {
    return this.byName[name].queueUrl;
  }

  /** In the order of the flow, and the dead-letter queue of each. */
  list(): { readonly queues: IQueue[]; readonly deadLetters: IQueue[] } {
    const queues = queueNames.map((name) => this.byName[name]);
    return { queues, deadLetters: queues.flatMap((queue) => queue.deadLetterQueue?.queue ?? []) };
  }

  grantSend(to: MirrorFunction, ...names: QueueName[]): void {
    for (const name of names) {
      to.allow(['sqs:SendMessage'], [this.byName[name].queueArn]);
      to.setEnv(urlOf[name], this.url(name));
    }
  }

  /** A consumer says when a message comes back: after a wait, or sooner than its visibility would end. */
  grantReturn(to: MirrorFunction, name: QueueName): void {
    to.allow(['sqs:ChangeMessageVisibility'], [this.byName[name].queueArn]);
    to.setEnv(urlOf[name], this.url(name));
  }

  /** Each queue's messages go to the function that the wiring names. */
  feed(consumers: Readonly<Record<(typeof queues)[QueueName]['consumer'], MirrorFunction>>): void {
    for (const name of queueNames) {
      const { consumer, batchSize } = queues[name];
      const queue = this.byName[name];
      const to = consumers[consumer];
      // Not SqsEventSource: it grants more than Lambda's poller calls.
      to.allow(
        ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes'],
        [queue.queueArn],
      );
      new EventSourceMapping(to, 'Source', {
        target: to.lambda,
        eventSourceArn: queue.queueArn,
        batchSize,
        maxConcurrency: this.concurrency[name],
        reportBatchItemFailures: true,
      });
    }
  }

  /** What failed on every try is looked at, and taken out, by one function. */
  grantDeadLetters(to: MirrorFunction): void {
    for (const [name, queue] of this.deadByName) takeDeadLetters(to, queue, deadUrlOf[name]);
  }

  private queue(id: string, name: QueueName): Queue {
    const wiring = queues[name];
    const fifo = wiring.fifo ? { fifo: true } : {};
    const queue = deadLetterQueue(this, `${id}DeadLetters`, fifo);
    this.deadByName.set(name, queue);
    return new Queue(this, id, {
      ...safe,
      ...fifo,
      visibilityTimeout: Duration.seconds(wiring.visibilitySeconds),
      retentionPeriod: Duration.days(wiring.retentionDays),
      deadLetterQueue: { queue, maxReceiveCount: wiring.maxReceives },
    });
  }
}
