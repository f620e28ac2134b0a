/** A first look at what `simulation.deep.test.ts` does at length. */
import { expect, test } from 'vitest';
import { seed } from '../seed.ts';
import { simulate } from './process.ts';

const histories = 100;

test(`${histories} histories under faults end with the platform equal to the newest snapshot`, {
  timeout: 200_000,
}, async () => {
  const { code, output } = await simulate(['--seed', `${seed}`, '--runs', `${histories}`]);
  expect(code, output).toBe(0);
  expect(output).toContain(` ${histories}  histories\n`);
});
