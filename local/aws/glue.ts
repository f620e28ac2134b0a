/**
 * The embedded Glue: databases, tables and partitions in memory, on 127.0.0.1 alone; as much as this product and Trino's Hive
 * connector call. Anything else is refused by its name.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { guarded, listening } from '../loopback.ts';
import { serviceGuard } from './identity.ts';

type Input = Readonly<Record<string, unknown>>;
type Partition = Input & { readonly Values: readonly string[] };

interface Table {
  readonly definition: Input;
  readonly partitions: Map<string, Partition>;
}

export interface RunningGlue {
  readonly endpoint: string;
  close(): Promise<void>;
}

class GlueError extends Error {
  readonly code: string;

  constructor(code: string) {
    super(code);
    this.code = code;
  }
}

/** @param databases those that are there */
export async function startGlue(...databases: readonly string[]): Promise<RunningGlue> {
  const catalog = new Map(databases.map((name) => [name, new Map<string, Table>()]));
  const take = (request: IncomingMessage, response: ServerResponse) => {
    void answer(request, catalog).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const code = error instanceof GlueError ? error.code : 'InternalServiceException';
        send(response, 400, { __type: code, Message: code });
      },
    );
  };
  return await listening(
    createServer(guarded(take, serviceGuard('application/x-amz-json-1.1'))),
    undefined,
  );
}

const send = (response: ServerResponse, status: number, body: object) => {
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
};

type Catalog = ReadonlyMap<string, Map<string, Table>>;

async function answer(request: IncomingMessage, catalog: Catalog): Promise<object> {
  const operation = String(request.headers['x-amz-target']).replace(/^AWSGlue\./, '');
  const input: Input = JSON.parse((await text(request)) || '{}');
  const run = operations[operation];
  if (!run) throw new GlueError('UnknownOperationException');
  return run(new Call(catalog, input));
}

const entry = (value: unknown): Input => (typeof value === 'object' && value ? { ...value } : {});
const listOf = (value: unknown): Input[] => (Array.isArray(value) ? value.map(entry) : []);
const partitionOf = (input: Input): Partition => ({
  ...input,
  Values: Array.isArray(input['Values']) ? input['Values'].map(String) : [],
});

class Call {
  readonly #catalog: Catalog;
  readonly input: Input;

  constructor(catalog: Catalog, input: Input) {
    this.#catalog = catalog;
    this.input = input;
  }

  get databases(): string[] {
    return [...this.#catalog.keys()];
  }

  get database(): string {
    return String(this.input['DatabaseName'] ?? this.input['Name']);
  }

  get tables(): Map<string, Table> {
    const found = this.#catalog.get(this.database);
    if (!found) throw new GlueError('EntityNotFoundException');
    return found;
  }

  get table(): Table {
    const { input } = this;
    const found = this.tables.get(String(input['TableName'] ?? input['Name']));
    if (!found) throw new GlueError('EntityNotFoundException');
    return found;
  }

  define(replaces: boolean): object {
    const definition = entry(this.input['TableInput']);
    const name = String(definition['Name']);
    const before = this.tables.get(name);
    if (before && !replaces) throw new GlueError('AlreadyExistsException');
    this.tables.set(name, { definition, partitions: before?.partitions ?? new Map() });
    return {};
  }

  told(definition: Input): Input {
    return { ...definition, DatabaseName: this.database, CreateTime: 0, VersionId: '1' };
  }
}

const nothing = () => ({});

const operations: Readonly<Record<string, (call: Call) => object>> = {
  GetDatabases: ({ databases }) => ({ DatabaseList: databases.map((Name) => ({ Name })) }),
  GetDatabase(call) {
    void call.tables;
    return { Database: { Name: call.database } };
  },
  GetTables: (call) => ({
    TableList: [...call.tables.values()].map(({ definition }) => call.told(definition)),
  }),
  GetTable: (call) => ({ Table: call.told(call.table.definition) }),
  CreateTable: (call) => call.define(false),
  UpdateTable: (call) => call.define(true),
  DeleteTable(call) {
    void call.table;
    call.tables.delete(String(call.input['Name']));
    return {};
  },
  GetPartitions: ({ table, input }) => ({
    Partitions: [...table.partitions.values()].map((each) => ({
      ...each,
      DatabaseName: input['DatabaseName'],
      TableName: input['TableName'],
    })),
  }),
  BatchGetPartition: ({ table, input }) => ({
    Partitions: listOf(input['PartitionsToGet']).flatMap((each) => {
      const found = table.partitions.get(JSON.stringify(each['Values']));
      return found
        ? [{ ...found, DatabaseName: input['DatabaseName'], TableName: input['TableName'] }]
        : [];
    }),
    UnprocessedKeys: [],
  }),
  BatchCreatePartition({ table, input }) {
    for (const each of listOf(input['PartitionInputList']).map(partitionOf))
      table.partitions.set(JSON.stringify(each.Values), each);
    return { Errors: [] };
  },
  BatchUpdatePartition: () => ({ Errors: [] }),
  GetUserDefinedFunctions: () => ({ UserDefinedFunctions: [] }),
  GetColumnStatisticsForTable: () => ({ ColumnStatisticsList: [], Errors: [] }),
  GetColumnStatisticsForPartition: () => ({ ColumnStatisticsList: [], Errors: [] }),
  UpdateColumnStatisticsForTable: nothing,
  UpdateColumnStatisticsForPartition: nothing,
  DeleteColumnStatisticsForTable: nothing,
  DeleteColumnStatisticsForPartition: nothing,
};
