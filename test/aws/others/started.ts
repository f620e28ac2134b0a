/** The implementations by others as processes: on loopback alone, each on a port that was free, until they are stopped. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Started {
  readonly address: string;
  stop(): Promise<void>;
}

export const startMoto = (folder: string) =>
  start((port) => [join(folder, 'bin/moto_server'), '--host', '127.0.0.1', '--port', `${port}`]);

export const startDynoxide = (folder: string) =>
  start((port) => [join(folder, 'bin/dynoxide'), '--host', '127.0.0.1', '--port', `${port}`]);

export async function startElasticmq(folder: string): Promise<Started> {
  const own = mkdtempSync(join(tmpdir(), 'elasticmq-'));
  const file = join(own, 'elasticmq.conf');
  const started = await start((port) => {
    writeFileSync(file, configuration(port));
    return [
      'java',
      `-Dconfig.file=${file}`,
      '-cp',
      join(folder, 'lib/*'),
      'org.elasticmq.server.Main',
    ];
  });
  return {
    ...started,
    async stop() {
      await started.stop();
      rmSync(own, { recursive: true });
    },
  };
}

const configuration = (port: number) => `
include classpath("application.conf")
node-address { protocol = http, host = "127.0.0.1", port = ${port}, context-path = "" }
rest-sqs { enabled = true, bind-port = ${port}, bind-hostname = "127.0.0.1", sqs-limits = strict }
rest-stats { enabled = false }
aws { region = us-east-1, accountId = 000000000000 }
`;

/** The longest that one may take to listen. */
const startsInMs = 90_000;

/** Resolves when it listens. */
async function start(commandAt: (port: number) => readonly string[]): Promise<Started> {
  const port = await freePort();
  const [command = '', ...args] = commandAt(port);
  const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (data) => said.push(String(data).slice(0, 2_000)));
  child.on('error', ({ message }) => said.push(message));
  const gone = once(child, 'close').catch(() => undefined);
  const since = performance.now();
  while (!(await listens(port))) {
    const over = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
    if (over || performance.now() - since > startsInMs) {
      if (!over) await stop(child, gone);
      throw new Error(`${command} did not start:\n${said.join('').slice(-2_000)}`);
    }
    await sleep(200);
  }
  return { address: `http://127.0.0.1:${port}`, stop: () => stop(child, gone) };
}

async function stop(child: ChildProcess, gone: Promise<unknown>): Promise<void> {
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
  await gone;
  clearTimeout(late);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => resolve(false));
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
