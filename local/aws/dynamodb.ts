/**
 * The embedded DynamoDB: in process, kept in LevelDB, on 127.0.0.1 alone. A write that was answered survives kill -9 (a
 * power cut may take the last ones). Items whose time to live is over go on the hour and when asked: they may stay
 * beyond it for days on AWS, so nobody may rely on their going. No transactions.
 */
import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import type { IncomingMessage, Server } from 'node:http';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { table as keys } from '../../shared/contracts/wiring.ts';
import { PassingError } from '../../shared/domain/words/errors.ts';
import { clientConfig } from './identity.ts';
import { expireItems } from './time-to-live.ts';

export interface DynamoDbOptions {
  /** Where LevelDB keeps its files; made if missing. One server at a time may use it. */
  readonly folder: string;
  /** @default any free port */
  readonly port?: number;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

export interface RunningDynamoDb {
  readonly endpoint: string;
  /** Name of the one table. */
  readonly table: string;
  /** Lets items go whose time is over by the clock now. */
  expire(): Promise<void>;
  close(): Promise<void>;
}

const table = 'audience-mirror';

export async function startDynamoDb(options: DynamoDbOptions): Promise<RunningDynamoDb> {
  let running = await open(options);
  if ((await tableStatus(running)) === 'CREATING') {
    // Killed while it made the table, and nobody goes on with that; no item can have been written yet.
    await running.close();
    await rm(options.folder, { recursive: true });
    running = await open(options);
  }
  const { endpoint } = running;
  const now = options.now ?? Date.now;
  try {
    await ensureTable(running);
    await expireItems(endpoint, table, now());
  } catch (error) {
    await running.close();
    throw error;
  }
  const expire = () => expireItems(endpoint, table, now());
  // What is not to be had at the moment is tried again in an hour.
  const hourly = setInterval(() => void expire().catch(() => undefined), 3_600_000).unref();
  const close = async () => {
    clearInterval(hourly);
    await running.close();
  };
  return { endpoint, table, expire, close };
}

type Opened = Pick<RunningDynamoDb, 'endpoint' | 'close'>;

async function open(options: DynamoDbOptions): Promise<Opened> {
  await mkdir(options.folder, { recursive: true });
  const server = dynalite({ path: options.folder, createTableMs: 0 });
  server.on('request', outliveAbortedRequests);
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return { endpoint: `http://127.0.0.1:${port}`, close: () => close(server) };
}

/** The package throws, and so ends our process, when a client goes away in the middle of a request: killed functions do. */
function outliveAbortedRequests(request: IncomingMessage): void {
  request.removeAllListeners('error');
  request.on('error', () => undefined);
}

async function close(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
  });
  server.closeAllConnections();
  await closed;
}

async function ensureTable(running: Opened): Promise<void> {
  if ((await tableStatus(running)) === undefined) await createTable(running);
  for (let tries = 0; tries < 100; tries++) {
    if ((await tableStatus(running)) === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new PassingError(
    'table-not-ready',
    'The embedded table did not become ready. Start again.',
  );
}

/** Undefined where there is no table. */
async function tableStatus(running: Opened): Promise<string | undefined> {
  return withClient(running.endpoint, async (client) => {
    try {
      const command = new DescribeTableCommand({ TableName: table });
      // A folder that cannot be opened shows as no answer at all.
      const { Table } = await client.send(command, { abortSignal: AbortSignal.timeout(10_000) });
      return Table?.TableStatus;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  });
}

async function createTable(running: Opened): Promise<void> {
  await withClient(running.endpoint, (client) =>
    client.send(
      new CreateTableCommand({
        TableName: table,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [
          { AttributeName: keys.partitionKey, KeyType: 'HASH' },
          { AttributeName: keys.sortKey, KeyType: 'RANGE' },
        ],
        AttributeDefinitions: [keys.partitionKey, keys.sortKey].map((name) => ({
          AttributeName: name,
          AttributeType: 'S' as const,
        })),
      }),
    ),
  );
}

async function withClient<T>(
  endpoint: string,
  work: (client: DynamoDBClient) => Promise<T>,
): Promise<T> {
  const client = new DynamoDBClient(clientConfig(endpoint));
  try {
    return await work(client);
  } finally {
    client.destroy();
  }
}
