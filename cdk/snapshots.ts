/** The warehouse's buckets, which this stack reads and never makes. */
import { Annotations, Stack } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { MirrorFunction } from './mirror-function.ts';
import type { Settings } from './settings.ts';

export interface SnapshotsProps {
  readonly settings: Pick<Settings, 'snapshotBuckets'>;
}

export class Snapshots extends Construct {
  private readonly buckets: Settings['snapshotBuckets'];

  constructor(scope: Construct, id: string, props: SnapshotsProps) {
    super(scope, id);
    this.buckets = props.settings.snapshotBuckets;
    if (this.buckets.length === 0) {
      Annotations.of(this).addInfo(
        'No snapshot bucket is named, so no sync can read one yet. Add the buckets your warehouse exports to under "context" in cdk.json, "snapshotBuckets": ["my-exports"], and deploy again (docs/deploy.md).',
      );
    }
  }

  grantRead(to: MirrorFunction): void {
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
