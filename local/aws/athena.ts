/**
 * The embedded Athena, in front of a real Trino, on 127.0.0.1 alone: it starts, tells of and stops queries. Trino knows no
 * UNLOAD: `UNLOAD (query) TO target` becomes a table that is made of the query there, and a manifest of what that wrote. The
 * query is Trino's as it stands.
 *
 * A token is the same query, and another text under it is refused, as StartQueryExecution does.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { ListObjectsV2Command, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { guarded, listening } from '../loopback.ts';
import { serviceGuard } from './identity.ts';
import { runStatement, type TrinoResult } from './trino/client.ts';

export interface AthenaOptions {
  /** Of Trino, whose catalog `hive` is over the embedded Glue. */
  readonly trino: string;
  readonly s3: S3Client;
  /** Where manifests are written. */
  readonly bucket: string;
  /** Of the workgroup. @default none */
  readonly limits?: Limits;
}

export interface Limits {
  readonly scannedBytes?: number;
  readonly runTimeMs?: number;
}

export interface RunningAthena {
  readonly endpoint: string;
  close(): Promise<void>;
}

interface Execution {
  readonly id: string;
  readonly query: string;
  readonly stop: AbortController;
  state: 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'CANCELLED';
  reason: string;
  category: number;
  bytes: number;
  manifest: string | undefined;
}

const Start = z.object({
  QueryString: z.string(),
  ClientRequestToken: z.string().min(32).max(128),
});
const Named = z.object({ QueryExecutionId: z.string() });

const unload = /^UNLOAD \((.*)\) TO '(s3:\/\/[^']*)' WITH \((.*)\)$/s;

export async function startAthena(options: AthenaOptions): Promise<RunningAthena> {
  const executions = new Map<string, Execution>();
  const tokens = new Map<string, Execution>();
  const operations: Readonly<Record<string, (input: unknown) => object>> = {
    StartQueryExecution(input) {
      const { QueryString, ClientRequestToken } = Start.parse(input);
      const known = tokens.get(ClientRequestToken);
      if (known && known.query !== QueryString) throw new Error('InvalidRequestException');
      const execution = known ?? begin(options, QueryString);
      tokens.set(ClientRequestToken, execution);
      executions.set(execution.id, execution);
      return { QueryExecutionId: execution.id };
    },
    GetQueryExecution: (input) => ({ QueryExecution: told(named(executions, input)) }),
    StopQueryExecution(input) {
      named(executions, input).stop.abort();
      return {};
    },
  };
  const take = (request: IncomingMessage, response: ServerResponse) => {
    const target = String(request.headers['x-amz-target']).replace(/^AmazonAthena\./, '');
    const send = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
      response.end(JSON.stringify(body));
    };
    void text(request).then((body) => {
      try {
        const operation = operations[target];
        if (!operation) throw new Error('UnknownOperationException');
        send(200, operation(JSON.parse(body)));
      } catch {
        send(400, { __type: 'InvalidRequestException', Message: 'The request is refused.' });
      }
    });
  };
  return await listening(
    createServer(guarded(take, serviceGuard('application/x-amz-json-1.1'))),
    undefined,
  );
}

function named(executions: ReadonlyMap<string, Execution>, input: unknown): Execution {
  const found = executions.get(Named.parse(input).QueryExecutionId);
  if (!found) throw new Error('InvalidRequestException');
  return found;
}

const told = ({ id, state, reason, category, bytes, manifest }: Execution) => ({
  QueryExecutionId: id,
  Status: {
    State: state,
    StateChangeReason: reason,
    ...(state === 'FAILED' && { AthenaError: { ErrorCategory: category, Retryable: false } }),
  },
  Statistics: {
    DataScannedInBytes: bytes,
    ...(manifest !== undefined && { DataManifestLocation: manifest }),
  },
});

function begin(options: AthenaOptions, query: string): Execution {
  const execution: Execution = {
    id: randomUUID(),
    query,
    stop: new AbortController(),
    state: 'RUNNING',
    reason: '',
    category: 1,
    bytes: 0,
    manifest: undefined,
  };
  void work(options, execution).catch(() => {
    execution.reason = 'Trino is not there.';
    execution.state = 'FAILED';
  });
  return execution;
}

async function work(options: AthenaOptions, execution: Execution): Promise<void> {
  const [, query = '', target = '', settings = ''] = unload.exec(execution.query) ?? [];
  const table = `unload_${execution.id.replaceAll('-', '_')}`;
  const parted = /partitioned_by = (ARRAY\[[^\]]*\])/.exec(settings)?.[1];
  const properties = [
    `format = 'PARQUET'`,
    `external_location = '${target}'`,
    ...(parted === undefined ? [] : [`partitioned_by = ${parted}`]),
  ];
  const { trino: endpoint, limits = {} } = options;
  const begun = Date.now();
  const result = await runStatement({
    endpoint,
    text: `CREATE TABLE ${table} WITH (${properties.join(', ')}) AS ${query}`,
    signal: execution.stop.signal,
    session: {
      ...(limits.scannedBytes !== undefined && {
        query_max_scan_physical_bytes: `${limits.scannedBytes}B`,
      }),
      ...(limits.runTimeMs !== undefined && { query_max_run_time: `${limits.runTimeMs}ms` }),
    },
  });
  execution.bytes = result.bytes;
  const error = result.error ?? overdue(limits, result.bytes, Date.now() - begun);
  if (error) return fail(execution, error);
  await runStatement({ endpoint, text: `DROP TABLE ${table}` });
  execution.manifest = await writeManifest(options, execution.id, target);
  execution.state = 'SUCCEEDED';
}

/** Trino looks at its limits about once a second, which a short query is not caught by. */
function overdue(
  { scannedBytes = Number.POSITIVE_INFINITY, runTimeMs = Number.POSITIVE_INFINITY }: Limits,
  bytes: number,
  ms: number,
): TrinoResult['error'] {
  const errorType = 'INSUFFICIENT_RESOURCES';
  if (bytes > scannedBytes) return { errorName: 'EXCEEDED_SCAN_LIMIT', errorType };
  return ms > runTimeMs ? { errorName: 'EXCEEDED_TIME_LIMIT', errorType } : undefined;
}

/** In the words of Athena. */
function fail(execution: Execution, { errorName, errorType }: NonNullable<TrinoResult['error']>) {
  execution.category = errorType === 'USER_ERROR' || errorName === 'HIVE_BAD_DATA' ? 2 : 1;
  execution.reason = reasons[errorName] ?? errorName;
  const isCut = errorName === 'EXCEEDED_SCAN_LIMIT' || errorName === 'USER_CANCELED';
  execution.state = isCut ? 'CANCELLED' : 'FAILED';
}

const reasons: Readonly<Record<string, string>> = {
  EXCEEDED_SCAN_LIMIT: 'Query cancelled! : Bytes scanned limit was exceeded',
  EXCEEDED_TIME_LIMIT: 'Query timeout',
};

/** A target is empty before, so all that lies there is of this query. */
async function writeManifest(
  { s3, bucket }: AthenaOptions,
  id: string,
  target: string,
): Promise<string> {
  const [, home = '', prefix = ''] = /^s3:\/\/([^/]+)\/(.*)$/.exec(target) ?? [];
  const lines: string[] = [];
  let token: string | undefined;
  do {
    const page = await s3.send(
      new ListObjectsV2Command({ Bucket: home, Prefix: prefix, ContinuationToken: token }),
    );
    for (const { Key, Size = 0 } of page.Contents ?? [])
      if (Size > 0) lines.push(`s3://${home}/${Key}\n`);
    token = page.NextContinuationToken;
  } while (token !== undefined);
  const Key = `athena/${id}-manifest.csv`;
  await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: lines.join('') }));
  return `s3://${bucket}/${Key}`;
}
