import { expect, test } from 'vitest';
import { seed } from '../seed.ts';
import { jobFaults } from './jobs.ts';
import { platformFaults } from './platform.ts';
import { simulate } from './process.ts';
import { repairs } from './script.ts';
import { callFaults } from './world.ts';

const firstSeed = seed * 10_000;
const histories = 2_000;

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
  'clock-jumped',
  'object-gone',
  'object-cut',
  'object-flip',
  'table-went-back',
  'table-lost',
  ...jobFaults.map((fault) => `job-${fault}`),
  'job-accepted',
  'job-troubled',
  'platform-forbids',
  'platform-has',
  'platform-lacks',
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
