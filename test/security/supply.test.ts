/** What strangers could put in our place: a name of ours that nobody owns, and scripts that run as something is installed. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import lock from '../../package-lock.json' with { type: 'json' };

const root = join(import.meta.dirname, '..', '..');
const texts = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  .split('\0')
  .filter((name) => /\.(md|ts|tsx|json|yaml)$/.test(name) && !name.startsWith('test/'))
  .map((name) => [name, readFileSync(join(root, name), 'utf8')] as const);

test('no line tells to run our name in a way that would fetch it from a registry', () => {
  const fetching =
    /\b(npx|npm exec|npm create|npm i|npm install)( -\S+)* (@[\w-]+\/)?audience-mirror\b/g;
  const found = texts.flatMap(([name, text]) =>
    [...text.matchAll(fetching)].map(([line]) => `${name}: ${line}`),
  );
  expect(found.filter((each) => !each.includes('npx --no-install audience-mirror'))).toEqual([]);
  expect(found.length).toBeGreaterThan(20);
});

test('what runs scripts as it is installed is named, each with its reason', () => {
  const withScripts = Object.entries(lock.packages)
    .filter(([, entry]) => 'hasInstallScript' in entry && entry.hasInstallScript)
    .map(([path]) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length));
  const reasons = readFileSync(join(root, 'docs/dependencies.md'), 'utf8');
  const [, section = ''] = reasons.split('## Scripts at installation');
  for (const name of new Set(withScripts)) expect(section).toContain(`\`${name}\``);
  for (const name of Object.keys(manifest.allowScripts)) expect(withScripts).toContain(name);
});

test('each package is pinned, and comes with the digest of what it was', () => {
  const { dependencies, devDependencies } = manifest;
  for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
    expect(version, name).toMatch(/^\d+\.\d+\.\d+(-[\w.]+)?$/);
  }
  const bare = Object.entries(lock.packages).filter(
    ([path, entry]) => path !== '' && !('integrity' in entry) && !('inBundle' in entry),
  );
  expect(bare.map(([path]) => path)).toEqual([]);
});
