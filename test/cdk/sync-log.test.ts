import { expect, test } from 'vitest';
import { logObject } from '../../shared/contracts/layout.ts';
import { logColumns } from '../../shared/contracts/sync-log.ts';
import { synthesise } from './synthesised.ts';

const { one } = synthesise();
const { TableInput: table } = one('AWS::Glue::Table', 'SyncLog/Table');

test('the table has the columns of the log, and its folders as partitions', () => {
  expect(table.StorageDescriptor.Columns).toEqual(
    logColumns.map(({ name, type, comment }) => ({ Name: name, Type: type, Comment: comment })),
  );
  expect(table.PartitionKeys.map(({ Name }: { Name: string }) => Name)).toEqual([
    'retain',
    'sync',
    'date',
  ]);
});

test('its folders are worked out from where a log lies', () => {
  const run = { sync: 'customers', id: 'r', startedAt: Date.UTC(2026, 0, 2) };
  const template = String(table.Parameters['storage.location.template']);
  const folder = template
    .replace('${retain}', '30')
    .replace('${sync}', 'customers')
    .replace('${date}', '2026-01-02');
  expect(`${folder}r.parquet`).toBe(`s3://<Storage/Logs>/${logObject(30, run)}`);
  expect(table.Parameters['projection.enabled']).toBe('true');
});

test('results of questions are encrypted with the customer key, whatever who asks says', () => {
  const { WorkGroupConfiguration } = one('AWS::Athena::WorkGroup', 'SyncLog/WorkGroup');
  expect(WorkGroupConfiguration).toMatchObject({
    EnforceWorkGroupConfiguration: true,
    ResultConfiguration: {
      OutputLocation: 's3://<Storage/Logs>/athena-results/',
      EncryptionConfiguration: { EncryptionOption: 'SSE_KMS', KmsKey: '<Storage/Key>' },
    },
  });
});
