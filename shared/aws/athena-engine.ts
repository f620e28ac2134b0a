/**
 * Athena over Glue tables. A table is one object with the names of its files: Athena reads exactly these, whatever else lies
 * beside them, and fails where one is gone. What a query wrote is read from its own manifest, never from a listing: Athena may
 * try again by itself, and leaves what its first try wrote.
 *
 * @see https://docs.aws.amazon.com/athena/latest/ug/unload.html
 * @see https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
 */
import {
  type AthenaClient,
  GetQueryExecutionCommand,
  type QueryExecution,
  StartQueryExecutionCommand,
  StopQueryExecutionCommand,
  TooManyRequestsException,
} from '@aws-sdk/client-athena';
import {
  CreateTableCommand,
  DeleteTableCommand,
  EntityNotFoundException,
  type GlueClient,
} from '@aws-sdk/client-glue';
import { InvariantError, PassingError } from '../domain/words/errors.ts';
import type {
  DistributedEngine,
  EngineFile,
  EngineTable,
  QueryState,
} from '../ports/distributed-engine.ts';
import type { StateStore } from '../ports/objects.ts';
import { statementText } from './statements.ts';

export interface AthenaEngineOptions {
  readonly athena: AthenaClient;
  readonly glue: GlueClient;
  readonly state: Pick<StateStore, 'put' | 'get' | 'delete'>;
  /** Of our own; its results and manifests lie in the state bucket. */
  readonly workgroup: string;
  /** Of Glue. */
  readonly database: string;
  readonly stateBucket: string;
}

/** Of UTF-8: a longer query is refused. https://docs.aws.amazon.com/athena/latest/ug/service-limits.html */
const mostTextBytes = 262_144;

export function createAthenaEngine(options: AthenaEngineOptions): DistributedEngine {
  const { athena, workgroup, database, stateBucket } = options;
  return {
    createTable: (table) => createTable(options, table),
    async dropTables(names) {
      for (const name of names) await dropTable(options, name);
      await options.state.delete(names.map(filesObject));
    },
    async start({ statement, target, token }) {
      const text = statementText(statement, `s3://${stateBucket}/${target}`);
      if (Buffer.byteLength(text) > mostTextBytes)
        throw new InvariantError('A query of the plan is longer than Athena takes.');
      const command = new StartQueryExecutionCommand({
        QueryString: text,
        ClientRequestToken: token,
        QueryExecutionContext: { Database: database },
        WorkGroup: workgroup,
      });
      const { QueryExecutionId } = await patiently(() => athena.send(command));
      if (QueryExecutionId === undefined) throw new InvariantError('Athena gave a query no id.');
      return QueryExecutionId;
    },
    async look(id) {
      const command = new GetQueryExecutionCommand({ QueryExecutionId: id });
      const { QueryExecution } = await patiently(() => athena.send(command));
      return await stateOf(options, QueryExecution);
    },
    async stop(id) {
      await patiently(() => athena.send(new StopQueryExecutionCommand({ QueryExecutionId: id })));
    },
  };
}

async function patiently<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (error instanceof TooManyRequestsException)
      throw new PassingError('engine-busy', 'Athena takes no more queries for now.');
    throw error;
  }
}

const folderOf = (table: string) => `tables/${table}/`;
const filesObject = (table: string) => `${folderOf(table)}files`;

async function createTable(options: AthenaEngineOptions, table: EngineTable): Promise<void> {
  const { glue, state, database, stateBucket } = options;
  const uri = ({ bucket = stateBucket, key }: EngineFile) => `s3://${bucket}/${key}\n`;
  await state.put(filesObject(table.name), Buffer.from(table.files.map(uri).join('')));
  await dropTable(options, table.name);
  await glue.send(
    new CreateTableCommand({
      DatabaseName: database,
      TableInput: {
        Name: table.name,
        TableType: 'EXTERNAL_TABLE',
        Parameters: { EXTERNAL: 'TRUE', classification: 'parquet' },
        StorageDescriptor: {
          Columns: table.columns.map(({ name, type }) => ({
            Name: name.toLowerCase(),
            Type: type,
          })),
          Location: `s3://${stateBucket}/${folderOf(table.name)}`,
          InputFormat: 'org.apache.hadoop.hive.ql.io.SymlinkTextInputFormat',
          OutputFormat: 'org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat',
          SerdeInfo: {
            SerializationLibrary: 'org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe',
          },
        },
      },
    }),
  );
}

async function dropTable({ glue, database }: AthenaEngineOptions, name: string): Promise<void> {
  try {
    await glue.send(new DeleteTableCommand({ DatabaseName: database, Name: name }));
  } catch (error) {
    if (!(error instanceof EntityNotFoundException)) throw error;
  }
}

/** Of an error's text only what it is of is looked at: a value may stand in it. */
async function stateOf(
  { state, stateBucket }: AthenaEngineOptions,
  execution: QueryExecution | undefined,
): Promise<QueryState> {
  const { State, StateChangeReason: reason = '', AthenaError } = execution?.Status ?? {};
  const scannedBytes = execution?.Statistics?.DataScannedInBytes ?? 0;
  switch (State) {
    case 'SUCCEEDED': {
      const manifest = execution?.Statistics?.DataManifestLocation;
      const objects = manifest === undefined ? [] : await manifestAt(state, stateBucket, manifest);
      return { status: 'done', objects, scannedBytes };
    }
    case 'CANCELLED':
      return {
        status: 'failed',
        fault: /bytes scanned limit/i.test(reason) ? 'bytes' : 'stopped',
        scannedBytes,
      };
    case 'FAILED': {
      const isTime = /timeout|timed out|time limit/i.test(reason);
      const isInput = AthenaError?.ErrorCategory === userError && AthenaError.Retryable !== true;
      return {
        status: 'failed',
        fault: isTime ? 'time' : isInput ? 'input' : 'passing',
        scannedBytes,
      };
    }
    default:
      return { status: 'running' };
  }
}

/** https://docs.aws.amazon.com/athena/latest/APIReference/API_AthenaError.html */
const userError = 2;

/** A line for each object. */
async function manifestAt(
  state: Pick<StateStore, 'get'>,
  bucket: string,
  location: string,
): Promise<string[]> {
  const prefix = `s3://${bucket}/`;
  const keyOf = (uri: string) => {
    if (uri.startsWith(prefix)) return uri.slice(prefix.length);
    throw new InvariantError('A query wrote elsewhere than into the state bucket.');
  };
  const body = await state.get(keyOf(location));
  const lines = Buffer.from(body ?? [])
    .toString('utf8')
    .split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map(keyOf);
}
