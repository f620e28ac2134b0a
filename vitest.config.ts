import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Tests that go further in `npm run test:deep`. */
const deeper = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .map((name) => join('test', name))
  .filter(
    (file) =>
      file.endsWith('.test.ts') && /\/depth\.ts'|\bgrounds\b/.test(readFileSync(file, 'utf8')),
  );

const notUsual = ['test/**/*.{deep,aws,console,trino}.test.ts'];
/** The pure rooms: no process, no socket, under a minute. */
const pure = [
  'test/{guard,identity,preview,records,response,retention,schedule,snapshot,template}/**/*.test.ts',
  'test/*.test.ts',
];
/** Nothing they load keeps anything of a test, so that several of them share what they load. */
const sharing = [...pure, 'test/cdk/**/*.test.ts'];

interface Suite {
  readonly name: string;
  readonly include: string[];
  readonly exclude?: string[];
  readonly isolate?: boolean;
}

/** What each command runs: `npm test`, and `npm run test:…` by the name of the mode. */
const suites: Record<string, Suite[]> = {
  test: [
    { name: 'sharing', include: sharing, exclude: notUsual, isolate: false },
    { name: 'alone', include: ['test/**/*.test.ts'], exclude: [...notUsual, ...sharing] },
  ],
  quick: [{ name: 'quick', include: pure, exclude: notUsual, isolate: false }],
  /** What takes minutes of both cores. */
  deep: [{ name: 'deep', include: ['test/**/*.deep.test.ts', ...deeper] }],
  /** The pages in a browser, against the running system. */
  console: [{ name: 'console', include: ['test/**/*.console.test.ts'] }],
  /** The adapters and the flow against implementations by others. */
  aws: [{ name: 'aws', include: ['test/**/*.aws.test.ts'] }],
  /** Plans in parts against a real Trino. */
  trino: [{ name: 'trino', include: ['test/**/*.trino.test.ts'] }],
};

export default defineConfig(({ mode }) => {
  const usual = {
    // Real processes and sockets: generous, because nothing asserts a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Some play short time-outs of real processes, which a busy machine can miss: tried once more, and told.
    // Of the pages, what follows builds on what was done before.
    retry: mode === 'console' ? 0 : 1,
    env: {
      // Not the zone of Lambda, nor a whole hour from it: what means UTC has to say so.
      TZ: 'Asia/Kathmandu',
      DEPTH: mode,
      // Of processes that tests start: most are the same program again.
      NODE_COMPILE_CACHE: join(import.meta.dirname, 'node_modules/.cache/node'),
    },
    pool: 'forks',
    maxConcurrency: 2,
  } as const;
  const projects = (suites[mode] ?? suites['test'] ?? []).map((suite) => ({
    test: { ...usual, ...suite },
  }));
  return {
    test: {
      projects,
      // One more than the smallest machine has cores: there is always one that waits for a platform.
      maxWorkers: 3,
      sequence: { shuffle: { files: true, tests: false } },
    },
  };
});
