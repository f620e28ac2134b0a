import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isArm64, locked } from '../../cdk/install-duckdb.ts';

const entry = (dependencies = {}, optionalDependencies = {}) => ({
  dependencies,
  optionalDependencies,
});
const packages = {
  'node_modules/engine': entry({ loader: '^1.0.0' }),
  'node_modules/loader': entry({ engine: '*' }, { 'binding-arm64': '1.0.0' }),
  'node_modules/binding-arm64': entry(),
  'node_modules/stranger': entry(),
};

test('a bundle gets what the library needs from the lock file, and nothing else', () => {
  expect(Object.keys(locked(packages, 'engine')).sort()).toEqual([
    'node_modules/binding-arm64',
    'node_modules/engine',
    'node_modules/loader',
  ]);
});

test('a lock file written on a machine that could not have every binding is refused', () => {
  const { 'node_modules/binding-arm64': _, ...incomplete } = packages;
  expect(() => locked(incomplete, 'engine')).toThrow(
    'package-lock.json lacks binding-arm64; run `npm install` in the project again.',
  );
});

const elf = (bits: number, machine: number) => {
  const header = Buffer.alloc(64);
  header.write('\x7fELF', 'latin1');
  header[4] = bits;
  header.writeUInt16LE(machine, 18);
  return header;
};

test.each([
  { kind: 'arm64', content: elf(2, 183), expected: true },
  { kind: 'x64', content: elf(2, 62), expected: false },
  { kind: '32-bit arm', content: elf(1, 40), expected: false },
  { kind: 'no ELF', content: Buffer.from('a page that says "not found"'), expected: false },
  { kind: 'empty', content: Buffer.alloc(0), expected: false },
])('a binding for $kind is told from others', ({ content, expected }) => {
  const folder = mkdtempSync(join(tmpdir(), 'mirror-elf-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'duckdb.node');
  writeFileSync(file, content);
  expect(isArm64(file)).toBe(expected);
});
