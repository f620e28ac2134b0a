import { describe, expect, test } from 'vitest';
import { mutants } from './mutants.ts';
import { simulate } from './process.ts';

/** Enough for the mutant that hides best, seven times over. */
const mutantHistories = 1_500;

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
