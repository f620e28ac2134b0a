/** The command starts from its bundle, and from its sources as soon as one of them is another. */
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const here = fileURLToPath(new URL('../../', import.meta.url));
// With what a URL would take for something else.
const root = await mkdtemp(join(tmpdir(), 'bundled #1%20 '));
const run = promisify(execFile);

async function put(name: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, name)), { recursive: true });
  await writeFile(join(root, name), text);
}

/** As `build.ts` does. */
async function note(...names: string[]): Promise<void> {
  const noted = names.map(async (name) => {
    const { size, mtimeMs } = await stat(join(root, name));
    return [name, size, mtimeMs];
  });
  await put('cli/dist/sources.json', JSON.stringify(await Promise.all(noted)));
}

const said = async () =>
  (await run(process.execPath, [join(root, 'cli/audience-mirror.js')])).stdout.trim();

beforeAll(async () => {
  for (const name of ['audience-mirror.js', 'bundled.js']) {
    await mkdir(join(root, 'cli'), { recursive: true });
    await cp(join(here, 'cli', name), join(root, 'cli', name));
  }
  await put('package.json', '{ "type": "module" }');
  await put('cli/main.ts', "const from: string = 'sources';\nconsole.log(from);\n");
  await put('cli/dist/main.js', "console.log('bundle');\n");
  await put('shared/words.ts', 'export {};\n');
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('what is as it was bundled starts from the bundle, and nothing else does', async () => {
  expect(await said(), 'nothing is noted').toBe('sources');
  await note('cli/main.ts', 'shared/words.ts');
  expect(await said()).toBe('bundle');

  await utimes(join(root, 'shared/words.ts'), 1, 1);
  expect(await said(), 'a source was written again').toBe('sources');
  await note('cli/main.ts', 'shared/words.ts');
  expect(await said()).toBe('bundle');

  await rm(join(root, 'shared/words.ts'));
  expect(await said(), 'a source is gone').toBe('sources');
  await put('cli/dist/sources.json', '[["cli/main.ts"');
  expect(await said(), 'the notes break off').toBe('sources');
});
