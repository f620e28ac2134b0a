/** Where everything lies: the state bucket, the log bucket, the table, and the key of the two buckets. */
import { Duration, RemovalPolicy, Validations } from 'aws-cdk-lib';
import { AttributeType, BillingMode, type ITable, Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import {
  BlockPublicAccess,
  Bucket,
  BucketEncryption,
  type IBucket,
  type LifecycleRule,
  ObjectOwnership,
} from 'aws-cdk-lib/aws-s3';
import { Construct } from 'constructs';
import { logRetentionDays } from '../shared/contracts/sync.ts';
import { env, historyDays, table } from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import type { Settings } from './settings.ts';

/** The folders of the state bucket, as the layout names its objects. */
export type StateFolder = 'runs' | 'mirrors' | 'history' | 'log-keys' | 'erasures';

/** Making items, one or many at once, and taking them away. */
export type TableAction = 'PutItem' | 'BatchWriteItem' | 'DeleteItem';

export interface StateAccess {
  readonly read: readonly StateFolder[];
  /** @default - none */
  readonly write?: readonly StateFolder[];
  /** Writes files of any size, in parts. @default - none */
  readonly upload?: readonly StateFolder[];
  /** @default - none */
  readonly delete?: readonly StateFolder[];
}

/** Made here, or by somebody before. */
type AnyBucket = Pick<IBucket, 'bucketName' | 'bucketArn' | 'arnForObjects' | 'grantRead'>;

export interface StorageProps {
  readonly settings: Pick<Settings, 'keepData' | 'data'>;
}

export class Storage extends Construct {
  readonly key: IKey;
  readonly state: AnyBucket;
  readonly logs: AnyBucket;
  readonly table: Pick<ITable, 'tableArn' | 'tableName'>;

  constructor(scope: Construct, id: string, props: StorageProps) {
    super(scope, id);
    const { keepData, data } = props.settings;
    if (data) {
      this.key = Key.fromKeyArn(this, 'Key', data.keyArn);
      this.state = Bucket.fromBucketName(this, 'State', data.stateBucket);
      this.logs = Bucket.fromBucketName(this, 'Logs', data.logBucket);
      this.table = Table.fromTableName(this, 'Table', data.table);
      return;
    }
    // A deployment that fails the first time leaves nothing that a person would have to clear away.
    const removalPolicy = keepData
      ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE
      : RemovalPolicy.DESTROY;
    this.key = new Key(this, 'Key', {
      description: 'Audience Mirror: members at rest',
      enableKeyRotation: true,
      removalPolicy,
    });
    // No versions: an erased person's record must not live on in an older one.
    this.state = this.bucket('State', removalPolicy, [
      { id: 'history', prefix: 'history/', expiration: Duration.days(historyDays) },
    ]);
    // A prefix for each time, because a lifecycle rule knows objects by their prefix.
    this.logs = this.bucket('Logs', removalPolicy, [
      { id: 'athena-results', prefix: 'athena-results/', expiration: Duration.days(1) },
      ...logRetentionDays.map(expireAfter),
    ]);
    this.table = new Table(this, 'Table', {
      partitionKey: { name: table.partitionKey, type: AttributeType.STRING },
      sortKey: { name: table.sortKey, type: AttributeType.STRING },
      timeToLiveAttribute: table.expiry,
      billingMode: BillingMode.PAY_PER_REQUEST,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // No protection against deletion: CloudFormation could not take back a first deployment that fails. Of a table
      // that is deleted by hand, DynamoDB keeps a backup for 35 days, as it can be restored to a point in time.
      removalPolicy,
    });
  }

  /** Reads of items and of partitions, and changes of items. `more`: what else a function does. */
  grantTable(to: MirrorFunction, ...more: readonly TableAction[]): void {
    to.allow(
      (['GetItem', 'Query', 'UpdateItem', ...more] as const).map((action) => `dynamodb:${action}`),
      [this.table.tableArn],
    );
    to.setEnv(env.table, this.table.tableName);
  }

  grantState(to: MirrorFunction, access: StateAccess): void {
    const grant = (actions: string[], folders: readonly StateFolder[]) => {
      const patterns = folders.map((folder) => this.state.arnForObjects(`${folder}/*`));
      if (folders.length > 0) to.allowPattern(actions, patterns, objectsReason);
    };
    grant(['s3:GetObject'], access.read);
    grant(['s3:PutObject'], access.write ?? []);
    grant(['s3:PutObject', 's3:AbortMultipartUpload'], access.upload ?? []);
    grant(['s3:DeleteObject'], access.delete ?? []);
    // Without a condition on the prefix: only who may list is told that an object does not exist (404); all
    // others read "access denied" (403), and a GetObject has no prefix that a condition could look at.
    to.allow(['s3:ListBucket'], [this.state.bucketArn]);
    const writes = [...(access.write ?? []), ...(access.upload ?? [])].length > 0;
    to.allow(['kms:Decrypt', ...(writes ? ['kms:GenerateDataKey'] : [])], [this.key.keyArn]);
    to.setEnv(env.stateBucket, this.state.bucketName);
  }

  /** `write`: in parts. `tidy`: finds logs, copies them to another retention and deletes them. */
  grantLogs(to: MirrorFunction, access: 'read' | 'write' | 'tidy'): void {
    const logs = [this.logs.arnForObjects('sync-logs/*')];
    to.allowPattern(logActions[access], logs, objectsReason);
    to.allow(['s3:ListBucket'], [this.logs.bucketArn]);
    // Parts are decrypted when they are put together.
    const seal = access === 'read' ? [] : ['kms:GenerateDataKey'];
    to.allow(['kms:Decrypt', ...seal], [this.key.keyArn]);
    to.setEnv(env.logBucket, this.logs.bucketName);
  }

  private bucket(id: string, removalPolicy: RemovalPolicy, rules: LifecycleRule[]): Bucket {
    const bucket = new Bucket(this, id, {
      encryption: BucketEncryption.KMS,
      encryptionKey: this.key,
      bucketKeyEnabled: true,
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      objectOwnership: ObjectOwnership.BUCKET_OWNER_ENFORCED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      versioned: false,
      lifecycleRules: [
        { id: 'aborted-uploads', abortIncompleteMultipartUploadAfter: Duration.days(1) },
        ...rules,
      ],
      removalPolicy,
    });
    Validations.of(bucket).acknowledge({
      id: 'AwsSolutions-S1',
      reason:
        'Who reads the objects is for the account to record, with CloudTrail data events: they also name the key and the role, and need no further bucket that holds names of syncs.',
    });
    return bucket;
  }
}

const logActions = {
  read: ['s3:GetObject'],
  // Who writes them also erases members from them, and those that nobody can read.
  write: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject', 's3:AbortMultipartUpload'],
  tidy: ['s3:GetObject', 's3:PutObject', 's3:DeleteObject'],
};

const objectsReason =
  'Objects are named by run and epoch, so that they are known only by their folder.';

const expireAfter = (days: number): LifecycleRule => ({
  id: `retain-${days}`,
  prefix: `sync-logs/retain=${days}/`,
  expiration: Duration.days(days),
});
