/**
 * Puts DuckDB for Lambda (Linux, arm64) beside a bundle, whatever machine this runs on: the versions of the
 * project's own lock file, with its checksums. `node cdk/install-duckdb.ts <folder of the bundle>`
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const library = '@duckdb/node-api';
const binding = '@duckdb/node-bindings-linux-arm64';
const target = ['--os=linux', '--cpu=arm64', '--libc=glibc'];

const names = z.record(z.string(), z.string()).default({});
const Package = z.looseObject({
  version: z.string().optional(),
  dependencies: names,
  optionalDependencies: names,
});
const Lock = z.looseObject({ packages: z.record(z.string(), Package) });
type Packages = z.infer<typeof Lock>['packages'];

/** The lock file's entries a package needs. @throws Error where one is missing */
export function locked(packages: Packages, name: string, found: Packages = {}): Packages {
  const path = `node_modules/${name}`;
  if (path in found) return found;
  const entry = packages[path];
  if (!entry) {
    throw new Error(`package-lock.json lacks ${name}; run \`npm install\` in the project again.`);
  }
  found[path] = entry;
  for (const needed of Object.keys({ ...entry.dependencies, ...entry.optionalDependencies })) {
    locked(packages, needed, found);
  }
  return found;
}

/** True for a 64-bit ELF file of an arm64 machine (System V ABI, chapter 4: e_ident and e_machine). */
export function isArm64(file: string): boolean {
  const header = Buffer.alloc(20);
  const descriptor = openSync(file, 'r');
  readSync(descriptor, header);
  closeSync(descriptor);
  return header.toString('latin1', 0, 5) === '\x7fELF\x02' && header.readUInt16LE(18) === 183;
}

function install(folder: string): void {
  const lockFile = fileURLToPath(new URL('../package-lock.json', import.meta.url));
  const packages = locked(Lock.parse(JSON.parse(readFileSync(lockFile, 'utf8'))).packages, library);
  const root = { dependencies: { [library]: packages[`node_modules/${library}`]?.version } };
  write(join(folder, 'package.json'), root);
  write(join(folder, 'package-lock.json'), {
    lockfileVersion: 3,
    packages: { '': root, ...packages },
  });
  // --prefix: without it npm takes the folder of the npm that runs us, and would install into the project.
  const quiet = [
    '--loglevel=error',
    '--no-save',
    '--no-audit',
    '--no-fund',
    '--no-update-notifier',
    '--prefer-offline',
  ];
  const npm = spawnSync(
    'npm',
    ['install', '--prefix', folder, ...target, '--ignore-scripts', ...quiet],
    { stdio: ['ignore', 'ignore', 'inherit'], shell: process.platform === 'win32' },
  );
  if (npm.status !== 0) {
    throw new Error('npm could not install DuckDB for arm64; its own message stands above.');
  }
  const file = join(folder, 'node_modules', binding, 'duckdb.node');
  // npm leaves out a package for a platform it does not believe in, and ends well.
  if (!existsSync(file) || !isArm64(file)) {
    throw new Error(
      `npm installed no ${binding} for arm64. Use npm 10 or later, and look whether your registry has it.`,
    );
  }
}

function write(file: string, content: unknown): void {
  writeFileSync(file, `${JSON.stringify(content, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = process.argv[2];
  if (folder === undefined) throw new Error('Name the folder of the bundle.');
  install(resolve(folder));
}
