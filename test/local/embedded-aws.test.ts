/** All of the embedded AWS together, and what becomes of it when it is killed. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { lockFolder } from '../../local/aws/folder-lock.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../local/aws/index.ts';
import { startLambdaHost } from '../../local/aws/lambda-host.ts';
import { isAlive, until } from './fixtures/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.ts`);

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'embedded-aws-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('The embedded AWS', () => {
  const functions = {
    'start-run': { handlerFile: fixture('sdk') },
    'plan-run': { handlerFile: fixture('sdk') },
    sweep: { handlerFile: fixture('obey'), env: { MODE: 'own' } },
  };

  test('serves functions that know only their environment, keeps its state, and runs sweep at each start', async () => {
    const ran: string[] = [];
    const onInvocation: (report: { functionName: string; error?: Error }) => void = (report) =>
      void ran.push(report.error?.message ?? report.functionName);
    const aws = await startEmbeddedAws({ folder, functions, onInvocation });
    expect(await aws.invoke('start-run', { hello: 1 })).toEqual({
      object: '{"hello":1}',
      before: null,
      schedules: ['sweep'],
      secrets: 'ECONNREFUSED',
    });
    await until(() => ran.length === 3);
    expect(ran.toSorted()).toEqual(['plan-run', 'start-run', 'sweep']);
    expect(readFileSync(join(folder, 'logs', 'plan-run.log'), 'utf8')).toContain('from start-run');
    await aws.close();

    const again = await startEmbeddedAws({ folder, functions, onInvocation });
    await until(() => ran.length === 4);
    expect(ran[3]).toBe('sweep');
    expect(await objects(again)).toEqual(['a/b']);
    await again.close();
    expect(readdirSync(join(folder, 'processes'))).toEqual([]);
    expect(readdirSync(folder)).not.toContain('lock');
  });

  test('does not start twice on one folder, and says what to do', async () => {
    const aws = await startEmbeddedAws({ folder, functions: {} });
    const message = new RegExp(
      `is in use by process ${process.pid}. End that one first, or name another folder`,
    );
    await expect(startEmbeddedAws({ folder, functions: {} })).rejects.toThrow(message);
    await aws.close();
    await (await startEmbeddedAws({ folder, functions: {} })).close();
  });

  const objects = async (aws: EmbeddedAws) => {
    const client = new S3Client(aws.clients.s3);
    const list = await client.send(new ListObjectsV2Command({ Bucket: aws.buckets.state }));
    client.destroy();
    return list.Contents?.map(({ Key }) => Key);
  };
});

describe('A lock', () => {
  test.each([
    ['a process that is gone', { pid: 2 ** 22 + 1 }],
    ['a process id that belongs to another now', { pid: process.pid, identity: 'another' }],
  ])('of %s holds nothing', (_, holder) => {
    writeFileSync(join(folder, 'lock'), JSON.stringify(holder));
    const lock = lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(/in use/);
    lock.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  test('makes a folder that is its owner’s alone, and says so where it cannot', () => {
    const own = join(folder, 'new', 'own');
    lockFolder(own).release();
    expect(statSync(own).mode & 0o777).toBe(0o700);
    writeFileSync(join(folder, 'file'), '');
    expect(() => lockFolder(join(folder, 'file', 'below'))).toThrow(
      /cannot be made or written \(ENOTDIR\)\. Name another folder/,
    );
  });
});

describe('When the host is killed', () => {
  test('an idle or waiting function ends by itself', async () => {
    const pid = await killedHost('hang');
    await until(() => !isAlive(pid));
  });

  test('one that blocks goes on, and the next host on the folder kills it', async () => {
    const pid = await killedHost('block');
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(isAlive(pid)).toBe(true);
    const next = await startLambdaHost({ folder, functions: {} });
    expect(next.leftovers).toEqual([pid]);
    expect(isAlive(pid)).toBe(false);
    await next.close();
  });

  test('nobody is killed who merely got the process id of a function that is gone', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    mkdirSync(join(folder, 'processes'));
    writeFileSync(join(folder, 'processes', String(other.pid)), 'started at another time');
    const host = await startLambdaHost({ folder, functions: {} });
    expect(host.leftovers).toEqual([]);
    expect(isAlive(other.pid ?? 0)).toBe(true);
    expect(readdirSync(join(folder, 'processes'))).toEqual([]);
    other.kill('SIGKILL');
    await host.close();
  });

  /** Returns the pid of the function that was running. */
  const killedHost = async (order: string): Promise<number> => {
    const parent = spawn(process.execPath, [fixture('host-parent'), folder, order]);
    const [line] = await once(parent.stdout, 'data');
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    const pid = Number(String(line));
    expect(pid).toBeGreaterThan(0);
    return pid;
  };
});
