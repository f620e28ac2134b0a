/** What is really deployed: `cdk synth` of this repository, on a machine that knows nothing of AWS. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isArm64 } from '../../cdk/install-duckdb.ts';
import { type FunctionName, functionNames, functions } from '../../shared/contracts/wiring.ts';
import { cdkSynth } from './cdk-synth.ts';
import { project } from './synthesised.ts';

const duckdb = functionNames.filter((name) => functions[name].duckdb);
const light = functionNames.filter((name) => !functions[name].duckdb);
const bundles = new Map<string, string>();
const untouched = ['node_modules/@duckdb', 'node_modules/.package-lock.json', 'package-lock.json'];
const folder = mkdtempSync(join(tmpdir(), 'mirror-bundles-'));
afterAll(() => rmSync(folder, { recursive: true }));
let before: string[];
let after: string[];

beforeAll(() => {
  before = untouched.map(look);
  const deployed = cdkSynth(folder);
  after = untouched.map(look);
  for (const [name, path] of deployed.bundles) bundles.set(name, path);
}, 180_000);

/** Names, sizes and times of everything below. */
function look(path: string): string {
  const full = join(project, path);
  const files = statSync(full).isDirectory()
    ? readdirSync(full, { recursive: true, encoding: 'utf8' }).map((file) => join(full, file))
    : [full];
  return files.map((file) => [file, statSync(file).size, statSync(file).mtimeMs].join()).join();
}

const bundle = (name: FunctionName) => bundles.get(name) ?? `no bundle of ${name}`;
const filesOf = (name: FunctionName) =>
  readdirSync(bundle(name), { recursive: true, encoding: 'utf8' });

test.each(functionNames)(
  '%s is a module with its source map, so that errors name our lines',
  (name) => {
    expect(filesOf(name)).toEqual(expect.arrayContaining(['index.mjs', 'index.mjs.map']));
    const module = readFileSync(join(bundle(name), 'index.mjs'), 'utf8');
    expect(module.trimEnd().endsWith('//# sourceMappingURL=index.mjs.map')).toBe(true);
  },
);

test.each(duckdb)('%s has the arm64 binding of DuckDB, and no other', (name) => {
  const bindings = filesOf(name).filter((file) => file.endsWith('.node'));
  expect(bindings).toEqual(['node_modules/@duckdb/node-bindings-linux-arm64/duckdb.node']);
  for (const file of bindings) expect(isArm64(join(bundle(name), file))).toBe(true);
});

test.each(duckdb)('%s has the version of DuckDB that the tests ran with', (name) => {
  const version = (folder: string) =>
    JSON.parse(readFileSync(join(folder, 'node_modules/@duckdb/node-api/package.json'), 'utf8'))
      .version;
  expect(version(bundle(name))).toBe(version(project));
});

test.each(light)('%s has nothing beside its module', (name) => {
  expect(filesOf(name).sort()).toEqual(['index.mjs', 'index.mjs.map']);
});

test.each(light)(
  '%s starts without any configuration, and has a handler',
  (name) => {
    const kind = 'process.stdout.write(typeof (await import(process.argv[1])).handler)';
    const module = join(bundle(name), 'index.mjs');
    const run = ['--input-type=module', '--eval', kind, module];
    expect(execFileSync(process.execPath, run, { env: {}, encoding: 'utf8' })).toBe('function');
  },
  30_000,
);

test.each(functionNames)('%s fits into Lambda: 250 MB with all it brings', (name) => {
  const bytes = filesOf(name).map((file) => statSync(join(bundle(name), file)).size);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(250 * 1024 * 1024);
});

test('what the project itself has installed stays as it was', () => {
  expect(after).toEqual(before);
});
