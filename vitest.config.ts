import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes and sockets: generous, because nothing asserts a time.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Not the zone of Lambda, nor a whole hour from it: what means UTC has to say so.
    env: { TZ: 'Asia/Kathmandu' },
    pool: 'forks',
    // One more than the smallest machine has cores: there is always one that waits for a platform.
    maxWorkers: 3,
    maxConcurrency: 2,
    sequence: { shuffle: { files: true, tests: false } },
  },
});
