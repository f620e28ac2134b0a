/** The one table on DynamoDB, embedded or by others, and in SQLite. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientConfig } from '../../local/aws/identity.ts';
import { SqliteTable } from '../../local/direct/table.ts';
import { createDynamoTable } from '../../shared/aws/dynamo-table.ts';
import type { Table } from '../../shared/ports/table.ts';
import { startTable } from './services.ts';

export interface TableWorld {
  readonly table: Table;
  close(): Promise<void>;
}

export async function onDynamoDb(): Promise<TableWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'table-'));
  const dynamodb = await startTable(folder);
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(dynamodb.endpoint)), {
    marshallOptions: { removeUndefinedValues: true },
  });
  return {
    table: createDynamoTable(client, dynamodb.table),
    close: async () => {
      client.destroy();
      await dynamodb.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function inSqlite(): Promise<TableWorld> {
  const folder = await mkdtemp(join(tmpdir(), 'table-'));
  const table = new SqliteTable(join(folder, 'state.db'));
  return {
    table,
    close: async () => {
      table.close();
      await rm(folder, { recursive: true });
    },
  };
}
