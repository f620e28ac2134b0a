/** Two minutes of what `npm run soak` does for as long as one likes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('one process that is frozen and killed mirrors to a platform that misbehaves, and all is equal in the end', async () => {
  const file = fileURLToPath(new URL('run.ts', import.meta.url));
  const args = [file, '--minutes', '2', '--syncs', '6'];
  const { stdout } = await promisify(execFile)('node', args);
  expect(stdout).toContain('All was equal, and the cores stayed.');
  expect(stdout).toMatch(/ [1-9]\d* {2}kills\n/);
}, 600_000);
