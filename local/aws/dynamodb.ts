/**
 * The embedded DynamoDB: in process, kept in LevelDB, on 127.0.0.1 alone. A write that was answered survives kill -9 (a
 * power cut may take the last ones). Items whose time to live is over go on the hour and when asked: they may stay
 * beyond it for days on AWS, so nobody may rely on their going. No transactions. What DynamoDB refuses is refused, and
 * so is any operation that the stack grants to nobody (`dynamodb/rules.ts`).
 */
import { mkdir, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import dynaliteSizes from 'dynalite/db/index.js';
import { table as keys } from '../../shared/contracts/wiring.ts';
import { PassingError } from '../../shared/domain/words/errors.ts';
import { guarded, listening } from '../loopback.ts';
import { asStrict } from './dynamodb/guard.ts';
import { itemSize } from './dynamodb/item-size.ts';
import { clientConfig, serviceGuard } from './identity.ts';
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
  /** For what AWS does by itself, and for looking at everything: any operation is allowed here. */
  readonly unguarded: string;
  /** Name of the one table. */
  readonly table: string;
  /** Lets items go whose time is over by the clock now. */
  expire(): Promise<void>;
  close(): Promise<void>;
}

const table = 'audience-mirror';

export async function startDynamoDb(options: DynamoDbOptions): Promise<RunningDynamoDb> {
  let running = await open(options);
  if ((await tableStatus(running.unguarded)) === 'CREATING') {
    // Killed while it made the table, and nobody goes on with that; no item can have been written yet.
    await running.close();
    await rm(options.folder, { recursive: true });
    running = await open(options);
  }
  const { endpoint, unguarded } = running;
  const now = options.now ?? Date.now;
  const expire = () => expireItems(unguarded, table, now());
  try {
    await ensureTable(unguarded);
    await expire();
  } catch (error) {
    await running.close();
    throw error;
  }
  // What is not to be had at the moment is tried again in an hour.
  const hourly = setInterval(() => void expire().catch(() => undefined), 3_600_000).unref();
  const close = async () => {
    clearInterval(hourly);
    await running.close();
  };
  return { endpoint, unguarded, table, expire, close };
}

/** One by somebody else, which has its own limits: the table is made there. */
export async function outsideDynamoDb(endpoint: string): Promise<RunningDynamoDb> {
  await ensureTable(endpoint);
  const nothing = async () => {};
  return { endpoint, unguarded: endpoint, table, expire: nothing, close: nothing };
}

type Opened = Pick<RunningDynamoDb, 'endpoint' | 'unguarded' | 'close'>;

// The package counts characters where it should count bytes.
dynaliteSizes.itemSize = itemSize;

async function open(options: DynamoDbOptions): Promise<Opened> {
  await mkdir(options.folder, { recursive: true });
  const service = dynalite({ path: options.folder, createTableMs: 0 });
  const answers = service.listeners('request');
  const answer: RequestListener = (request, response) => {
    for (const each of answers) each.call(service, request, response);
    outliveAbortedRequests(request);
  };
  const guard = serviceGuard('application/x-amz-json-1.0');
  const anyOperation = await listening(
    service.removeAllListeners('request').on('request', guarded(answer, guard)),
  );
  const strict = await listening(createServer(guarded(asStrict(answer), guard)), options.port);
  return {
    unguarded: anyOperation.endpoint,
    endpoint: strict.endpoint,
    async close() {
      await strict.close();
      await anyOperation.close();
    },
  };
}

/** The package throws, and so ends our process, when a client goes away in the middle of a request: killed functions do. */
function outliveAbortedRequests(request: IncomingMessage): void {
  request.removeAllListeners('error');
  request.on('error', () => undefined);
}

async function ensureTable(endpoint: string): Promise<void> {
  if ((await tableStatus(endpoint)) === undefined) await createTable(endpoint);
  for (let tries = 0; tries < 100; tries++) {
    if ((await tableStatus(endpoint)) === 'ACTIVE') return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new PassingError(
    'table-not-ready',
    'The embedded table did not become ready. Start again.',
  );
}

/** Undefined where there is no table. */
async function tableStatus(endpoint: string): Promise<string | undefined> {
  return withClient(endpoint, async (client) => {
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

async function createTable(endpoint: string): Promise<void> {
  await withClient(endpoint, (client) =>
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
