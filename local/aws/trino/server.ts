/** A Trino of one node on 127.0.0.1, over the embedded S3 and Glue. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { credentials, region } from '../identity.ts';
import { runStatement } from './client.ts';

export interface TrinoOptions {
  /** Where it is unpacked: its `lib`, and the Hive connector. */
  readonly lib: string;
  readonly plugins: string;
  readonly java: string;
  /** For its settings, its spill and its log; made if missing. */
  readonly folder: string;
  readonly s3: string;
  readonly glue: string;
  /** @default '2g' */
  readonly heap?: string;
}

export interface RunningTrino {
  readonly endpoint: string;
  close(): Promise<void>;
}

/** Longest wait for its start, on a busy machine. */
const startMs = 240_000;

export async function startTrino(options: TrinoOptions): Promise<RunningTrino> {
  const { folder, java, lib, plugins, heap = '2g' } = options;
  const port = await freePort();
  mkdirSync(join(folder, 'etc/catalog'), { recursive: true });
  const write = (name: string, lines: readonly string[]) =>
    writeFileSync(join(folder, 'etc', name), `${lines.join('\n')}\n`);
  write('config.properties', serverSettings(port, plugins, folder));
  write('catalog/hive.properties', hiveSettings(options));
  write('log.properties', ['io.trino=WARN']);
  const log = openSync(join(folder, 'trino.log'), 'a');
  const server = spawn(
    java,
    [
      `-Xmx${heap}`,
      '-XX:+UseG1GC',
      // Statements are small here: code that is compiled quickly is worth more than quick code.
      '-XX:TieredStopAtLevel=1',
      '-XX:+ExitOnOutOfMemoryError',
      ...(hasVectors(java) ? ['--add-modules=jdk.incubator.vector'] : []),
      '-Djdk.attach.allowAttachSelf=true',
      `-Dconfig=${folder}/etc/config.properties`,
      `-Dlog.levels-file=${folder}/etc/log.properties`,
      '-cp',
      `${lib}/*`,
      'io.trino.server.TrinoServer',
    ],
    { cwd: folder, stdio: ['ignore', log, log] },
  );
  closeSync(log);
  const close = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'exit');
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await started(endpoint, () => server.exitCode === null, join(folder, 'trino.log'));
    return { endpoint, close };
  } catch (error) {
    await close();
    throw error;
  }
}

const serverSettings = (port: number, plugins: string, folder: string) => [
  'node.environment=test',
  'node.id=one',
  'coordinator=true',
  'node-scheduler.include-coordinator=true',
  'node.bind-ip=127.0.0.1',
  'node.internal-address=127.0.0.1',
  `http-server.http.port=${port}`,
  `discovery.uri=http://127.0.0.1:${port}`,
  `plugin.dir=${plugins}`,
  `catalog.config-dir=${folder}/etc/catalog`,
  'catalog.management=static',
  'query.max-memory-per-node=1GB',
];

const hiveSettings = ({ s3, glue }: TrinoOptions) => {
  const { accessKeyId, secretAccessKey } = credentials;
  return [
    'connector.name=hive',
    'hive.metastore=glue',
    `hive.metastore.glue.endpoint-url=${glue}`,
    `hive.metastore.glue.region=${region}`,
    `hive.metastore.glue.aws-access-key=${accessKeyId}`,
    `hive.metastore.glue.aws-secret-key=${secretAccessKey}`,
    'hive.metastore.glue.default-warehouse-dir=s3://none/',
    'hive.non-managed-table-writes-enabled=true',
    'hive.collect-column-statistics-on-write=false',
    'fs.native-s3.enabled=true',
    `s3.endpoint=${s3}`,
    `s3.region=${region}`,
    's3.path-style-access=true',
    `s3.aws-access-key=${accessKeyId}`,
    `s3.aws-secret-key=${secretAccessKey}`,
  ];
};

/** Small Java runtimes have not all modules, and Trino does without this one. */
const hasVectors = (java: string) =>
  execFileSync(java, ['--list-modules'], { encoding: 'utf8' }).includes('jdk.incubator.vector');

async function started(endpoint: string, isAlive: () => boolean, log: string): Promise<void> {
  const until = Date.now() + startMs;
  while (Date.now() < until && isAlive()) {
    const answer = await runStatement({ endpoint, text: 'SELECT 1' }).catch(() => undefined);
    if (answer && !answer.error) return;
    await sleep(250);
  }
  throw new Error(`Trino did not start: ${readFileSync(log, 'utf8').slice(-2_000)}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  server.close();
  await once(server, 'close');
  return port;
}
