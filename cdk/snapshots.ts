/** The warehouse's buckets, which this stack reads and never makes. */
import { Annotations, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { env } from '../shared/contracts/wiring.ts';
import type { MirrorFunction } from './mirror-function.ts';
import type { Settings } from './settings.ts';
import type { Storage } from './storage.ts';

export interface SnapshotsProps {
  readonly settings: Pick<Settings, 'snapshotBuckets'>;
  /** Buckets of the stack: they are none of the warehouse's, whatever the settings name. */
  readonly own: Pick<Storage, 'state' | 'logs'>;
}

export class Snapshots extends Construct {
  private readonly buckets: Settings['snapshotBuckets'];
  private readonly own: SnapshotsProps['own'];

  constructor(scope: Construct, id: string, props: SnapshotsProps) {
    super(scope, id);
    this.buckets = props.settings.snapshotBuckets;
    this.own = props.own;
    if (this.buckets.length === 0) {
      Annotations.of(this).addInfo(
        'No snapshot bucket is named, so no sync can read one yet. Add the buckets your warehouse exports to under "context" in cdk.json, "snapshotBuckets": ["my-exports"], and deploy again (docs/deploy.md).',
      );
    }
  }

  /** The right to read them, and their names: no other is asked for. */
  grantRead(to: MirrorFunction): void {
    to.setEnv(env.stateBucket, this.own.state.bucketName);
    to.setEnv(env.logBucket, this.own.logs.bucketName);
    to.setEnv(env.snapshotBuckets, this.buckets.map(({ name }) => name).join(','));
    const partition = Stack.of(this).partition;
    for (const { name, keyArn } of this.buckets) {
      const arn = `arn:${partition}:s3:::${name}`;
      to.allow(['s3:ListBucket'], [arn]);
      to.allowPattern(
        ['s3:GetObject'],
        [`${arn}/*`],
        'Syncs name the prefix, the warehouse the files.',
      );
      if (keyArn !== undefined) to.allow(['kms:Decrypt'], [keyArn]);
    }
  }
}
