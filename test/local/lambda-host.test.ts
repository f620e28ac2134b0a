/** Functions run as on Lambda: see event-source.test.ts for their queues. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  type LambdaHost,
  type LambdaHostOptions,
  startLambdaHost,
} from '../../local/aws/lambda-host.ts';
import { isAlive, until } from './fixtures/until.ts';

vi.setConfig({ testTimeout: 30_000 });

const fixture = (name: string) => join(import.meta.dirname, 'fixtures', `${name}.ts`);

const define = (name: string, timeoutSeconds = 10) => ({
  handlerFile: fixture(name),
  timeoutSeconds,
  memoryMb: 256,
  env: { GREETING: 'hello' },
});

interface Echo {
  readonly pid: number;
  readonly atOnce: number;
  readonly invocations: number;
  readonly requestId: string;
  readonly functionName: string;
  readonly remainingMs: number;
  readonly env: Record<string, string>;
}

let folder: string;
let host: LambdaHost;
let logged: string[];

const start = async (options: Partial<LambdaHostOptions> = {}) => {
  logged = [];
  host = await startLambdaHost({
    folder,
    functions: {
      echo: define('echo'),
      obey: define('obey'),
      hasty: define('obey', 0.3),
      broken: define('no-handler'),
    },
    log: { write: (_, line) => void logged.push(line), close: () => undefined },
    ...options,
  });
};

const echo = async (event: object = {}) => (await host.invoke('echo', event)) as Echo;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'lambda-host-'));
  await start();
});

afterEach(async () => {
  await host.close(0);
  rmSync(folder, { recursive: true });
});

describe('A function', () => {
  test('sees the environment it was given and Lambda’s, and nothing of the machine’s AWS set-up', async () => {
    await host.close();
    const environment = { PATH: process.env['PATH'], AWS_PROFILE: 'production', TOKEN: 'secret' };
    await start({ environment });
    const { env } = await echo();
    expect(env).toMatchObject({
      GREETING: 'hello',
      AWS_LAMBDA_FUNCTION_NAME: 'echo',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
      PATH: process.env['PATH'],
    });
    expect(env).not.toHaveProperty('AWS_PROFILE');
    expect(env).not.toHaveProperty('TOKEN');
    expect(env['SCRATCH_FOLDER']).toBe(env['TMPDIR']);
  });

  test('is told its name, the request and the time that remains', async () => {
    const answer = await echo({ sleepMs: 50 });
    expect(answer.functionName).toBe('echo');
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.remainingMs).toBeGreaterThan(5_000);
    expect(answer.remainingMs).toBeLessThanOrEqual(9_950);
  });

  test('answers up to 6 MB, and fails with more', async () => {
    const answer = await host.invoke('obey', { answerBytes: 6_291_556 });
    expect(answer).toHaveLength(6_291_554);
    const more = host.invoke('obey', { answerBytes: 6_291_557 });
    await expect(more).rejects.toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  });

  test('runs one invocation at a time in a process, and its processes are used again', async () => {
    const first = await Promise.all([1, 2, 3].map(() => echo({ sleepMs: 50 })));
    expect(new Set(first.map(({ pid }) => pid)).size).toBe(3);
    expect(first.map(({ atOnce }) => atOnce)).toEqual([1, 1, 1]);
    expect(new Set(first.map(({ env }) => env['SCRATCH_FOLDER'])).size).toBe(3);
    const again = await echo();
    expect(first.map(({ pid }) => pid)).toContain(again.pid);
    expect(again.invocations).toBe(2);
  });

  test('has no more processes at once than allowed; further invocations wait', async () => {
    await host.close();
    await start({ maxProcesses: 2 });
    const answers = await Promise.all([1, 2, 3, 4, 5].map(() => echo({ sleepMs: 20 })));
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(2);
  });

  test('gives its process up when idle', async () => {
    await host.close();
    await start({ idleMs: 300 });
    const { pid } = await echo();
    expect(isAlive(pid)).toBe(true);
    await until(() => !isAlive(pid));
    expect((await echo()).pid).not.toBe(pid);
  });

  test('that throws fails by name and message, logs it, and stays warm', async () => {
    const pid = await host.invoke('obey', {});
    await expect(host.invoke('obey', { do: 'throw' })).rejects.toMatchObject({
      errorType: 'RangeError',
      message: 'as told',
    });
    expect(await host.invoke('obey', {})).toBe(pid);
    expect(logged.join()).toContain('RangeError: as told');
  });

  test.each(['hang', 'block'])('that runs past its time-out is killed: %s', async (order) => {
    const pid = (await host.invoke('hasty', {})) as number;
    const begun = Date.now();
    const error = await host.invoke('hasty', { do: order }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      errorType: 'Sandbox.Timedout',
      message: 'Task timed out after 0.30 seconds',
    });
    expect(Date.now() - begun).toBeLessThan(5_000);
    expect(isAlive(pid)).toBe(false);
    expect(await host.invoke('hasty', {})).not.toBe(pid);
  });

  test('whose process ends fails, and the next invocation gets a new one', async () => {
    await expect(host.invoke('obey', { do: 'exit' })).rejects.toMatchObject({
      errorType: 'Runtime.ExitError',
      message: 'Runtime exited with error: exit status 7',
    });
    expect(await host.invoke('obey', {})).toBeTypeOf('number');
  });

  test('fails where its module has no handler, or its result is no JSON', async () => {
    await expect(host.invoke('broken', {})).rejects.toThrow(/exports no function named handler/);
    await expect(host.invoke('obey', { do: 'return-bigint' })).rejects.toThrow(/BigInt/);
    await expect(host.invoke('nobody', {})).rejects.toThrow(
      /no function nobody. Name one of: echo/,
    );
  });

  test('is not ended by Ctrl-C: when it ends is the host’s to say', async () => {
    const { pid } = await echo();
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.kill(pid, signal);
    expect((await echo({ sleepMs: 50 })).pid).toBe(pid);
  });

  test('logs whole lines, whichever of its processes they come from', async () => {
    const parts = (name: string) => Array.from({ length: 10 }, (_, part) => `${name}${part} `);
    const print = (name: string) => host.invoke('obey', { print: [...parts(name), '\n', 'rest'] });
    await Promise.all(['a', 'b', 'c'].map(print));
    await host.close();
    const lines = ['a', 'b', 'c'].map((name) => parts(name).join(''));
    expect(logged.toSorted()).toEqual([...lines, 'rest', 'rest', 'rest'].toSorted());
  });

  test('has a log file of its own', async () => {
    await host.close();
    const functions = { obey: define('obey') };
    const own = await startLambdaHost({ folder, functions });
    await own.invoke('obey', { print: ['one line\n'] });
    await own.close();
    expect(readFileSync(join(folder, 'logs', 'obey.log'), 'utf8')).toBe('one line\n');
  });
});

describe('An asynchronous invocation', () => {
  test('is tried twice more', async () => {
    await host.close();
    const errors: unknown[] = [];
    await start({
      retryDelaysMs: [10, 20],
      onInvocation: ({ error }) => void errors.push(error?.errorType),
    });
    await host.invokeAsync('obey', { do: 'throw' });
    expect(errors).toEqual(['RangeError', 'RangeError', 'RangeError']);
    expect(logged.join()).toContain('Gave up');
    await host.invokeAsync('obey', {});
    expect(errors).toHaveLength(4);
  });

  test('that waits for its next try is given back when the host is closed', async () => {
    const waiting = host.invokeAsync('obey', { do: 'throw' });
    const outcome = expect(waiting).rejects.toMatchObject({ errorType: 'Host.Closed' });
    await until(() => logged.length > 0);
    await host.close();
    await outcome;
  });
});

describe('Closing the host', () => {
  test('lets what is under way end', async () => {
    const answer = echo({ sleepMs: 200 });
    await until(() => host.running() === 1);
    await host.close(2_000);
    const { pid } = await answer;
    expect(isAlive(pid)).toBe(false);
    await expect(echo()).rejects.toMatchObject({ errorType: 'Host.Closed' });
  });

  test('kills what takes longer than the grace', async () => {
    const pid = (await host.invoke('obey', {})) as number;
    const outcome = expect(host.invoke('obey', { do: 'block' })).rejects.toMatchObject({
      errorType: 'Host.Closed',
    });
    await host.close(50);
    await outcome;
    expect(isAlive(pid)).toBe(false);
  });
});
