import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { seed } from '../seed.ts';
import { mutants } from './mutants.ts';
import { platformFaults } from './platform.ts';
import { repairs } from './script.ts';
import { callFaults } from './world.ts';

const run = promisify(execFile);
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const firstSeed = seed * 10_000;
const histories = 2_000;
/** Enough for the mutant that hides best, seven times over. */
const mutantHistories = 1_500;

interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Node, not the test runner: it loads the very files that run in production, or a mutant of one. */
async function simulate(args: readonly string[], planted?: string): Promise<Ended> {
  const hook = planted ? ['--import', file('./plant.ts')] : [];
  const env = {
    ...process.env,
    // Each mutant is a process of its own, over nearly the same modules.
    NODE_COMPILE_CACHE: file('../../node_modules/.cache/node'),
    ...(planted && { PLANTED: planted }),
  };
  try {
    const { stdout } = await run('node', [...hook, file('./run.ts'), ...args], { env });
    return { code: 0, output: stdout };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, output: stdout + stderr };
  }
}

const kinds = [
  ...callFaults,
  ...platformFaults.map((fault) => `platform-${fault}`),
  'platform-locks-out',
  'message-duplicated',
  'message-delayed',
  'message-redelivered',
  'message-dead-lettered',
  'queues-forgotten',
  'snapshot-broken',
  'snapshot-half-written',
  'configuration-edited',
  'run-cancelled',
  'run-approved',
  'run-turned-down',
  ...repairs.map((repair) => `repair-${repair}`),
];

test(`${histories} histories under faults end with the platform equal to the newest snapshot`, {
  timeout: 400_000,
}, async () => {
  const { code, output } = await simulate(['--seed', `${firstSeed}`, '--runs', `${histories}`]);
  expect(code, output).toBe(0);
  expect(output).toContain(` ${histories}  histories\n`);
  for (const kind of kinds) {
    expect(output, `no ${kind} fired from seed ${firstSeed} on`).toMatch(
      new RegExp(` [1-9]\\d* +${kind}\\n`),
    );
  }
});

describe.concurrent('the simulator catches', { timeout: 400_000 }, () => {
  test.each(mutants.map(({ name, seed: first = 1 }) => [name, first] as const))(
    '%s',
    async (name, first) => {
      const many = ['--seed', `${first}`, '--runs', `${mutantHistories}`];
      const { code, output } = await simulate([...many, '--terse'], name);
      expect(code, output).toBe(1);
      expect(output).toMatch(/^seed \d+: /);
    },
  );
});
