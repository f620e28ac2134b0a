/** The sync log as a table that Athena reads at once: its folders are worked out, not crawled. */
import { Stack } from 'aws-cdk-lib';
import { CfnWorkGroup } from 'aws-cdk-lib/aws-athena';
import { CfnDatabase, CfnTable } from 'aws-cdk-lib/aws-glue';
import { Construct } from 'constructs';
import { logRetentionDays } from '../shared/contracts/sync.ts';
import { logColumns, logPartitions } from '../shared/contracts/sync-log.ts';
import { ownName } from './own-name.ts';
import type { Storage } from './storage.ts';

const tableName = 'sync_log';

export class SyncLog extends Construct {
  /** Name in Glue's catalogue. */
  readonly database: string;
  /** Athena's, with a place for results. */
  readonly workGroup: string;

  constructor(scope: Construct, id: string, { logs, key }: Storage) {
    super(scope, id);
    const stack = Stack.of(this);
    const name = ownName(this);
    this.database = name.toLowerCase().replaceAll('-', '_');
    this.workGroup = `${name}-logs`;
    const root = `s3://${logs.bucketName}/sync-logs/`;
    const database = new CfnDatabase(this, 'Database', {
      catalogId: stack.account,
      databaseInput: { name: this.database, description: 'Audience Mirror' },
    });
    const table = new CfnTable(this, 'Table', {
      catalogId: stack.account,
      databaseName: this.database,
      tableInput: {
        name: tableName,
        description: 'What became of each record of each run',
        tableType: 'EXTERNAL_TABLE',
        parameters: projection(root),
        partitionKeys: logPartitions.map((name) => ({ name, type: 'string' })),
        storageDescriptor: {
          columns: logColumns.map(({ name, type, comment }) => ({ name, type, comment })),
          location: root,
          inputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat',
          outputFormat: 'org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat',
          serdeInfo: {
            serializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
          },
        },
      },
    });
    table.addResourceDependency(database);
    new CfnWorkGroup(this, 'WorkGroup', {
      name: this.workGroup,
      description: 'Audience Mirror: questions to the sync log',
      recursiveDeleteOption: true,
      workGroupConfiguration: {
        enforceWorkGroupConfiguration: true,
        resultConfiguration: {
          outputLocation: `s3://${logs.bucketName}/athena-results/`,
          encryptionConfiguration: { encryptionOption: 'SSE_KMS', kmsKey: key.keyArn },
        },
      },
    });
  }
}

/** Syncs are made while the stack runs, so a question names its own; days and retentions are enumerated. */
const projection = (root: string): Record<string, string> => ({
  classification: 'parquet',
  'projection.enabled': 'true',
  'projection.retain.type': 'enum',
  'projection.retain.values': logRetentionDays.join(','),
  'projection.sync.type': 'injected',
  'projection.date.type': 'date',
  'projection.date.format': 'yyyy-MM-dd',
  'projection.date.range': 'NOW-370DAYS,NOW+1DAYS',
  'projection.date.interval': '1',
  'projection.date.interval.unit': 'DAYS',
  'storage.location.template': root + logPartitions.map((name) => `${name}=\${${name}}/`).join(''),
});
