/** DynamoDB's time to live, which the embedded one does not know: items go whose moment has passed. */
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DeleteCommand, DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { table as names } from '../../shared/contracts/wiring.ts';
import { clientConfig } from './identity.ts';

/** @param now epoch milliseconds */
export async function expireItems(endpoint: string, table: string, now: number): Promise<void> {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(clientConfig(endpoint)));
  const isOver = {
    ExpressionAttributeNames: { '#expiry': names.expiry },
    ExpressionAttributeValues: { ':now': Math.floor(now / 1_000) },
  };
  try {
    let from: Record<string, unknown> | undefined;
    do {
      const { Items = [], LastEvaluatedKey } = await client.send(
        new ScanCommand({
          ...isOver,
          TableName: table,
          FilterExpression: '#expiry < :now',
          ...(from && { ExclusiveStartKey: from }),
        }),
      );
      for (const { [names.partitionKey]: pk, [names.sortKey]: sk } of Items) {
        await client.send(
          new DeleteCommand({
            ...isOver,
            TableName: table,
            Key: { [names.partitionKey]: pk, [names.sortKey]: sk },
            ConditionExpression: '#expiry < :now',
          }),
        );
      }
      from = LastEvaluatedKey;
    } while (from);
  } finally {
    client.destroy();
  }
}
