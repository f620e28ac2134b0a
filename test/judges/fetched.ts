/** Judges of the API's document by others: each fetched from its own registry, pinned, once, into a cache folder of the user. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, run } from '../aws/others/installed.ts';

/** Plays calls that the document allows, and holds each answer against it; and a maker of clients. */
export const ofPython: Package = {
  name: 'API-judges-Python',
  version: '1',
  tool: 'python3',
  registry: 'PyPI',
  async install(folder, atMostMs) {
    await run('python3', ['-m', 'venv', folder], { atMostMs });
    const packages = ['schemathesis==4.32.5', 'openapi-python-client==0.29.1'];
    await run(join(folder, 'bin/pip'), ['install', '--quiet', ...packages], { atMostMs });
  },
};

/** Linters, and a maker of types. */
export const ofNode: Package = {
  name: 'API-judges-Node',
  version: '1',
  tool: 'npm',
  registry: 'npm',
  async install(folder, atMostMs) {
    const dependencies = {
      '@redocly/cli': '2.77.0',
      '@stoplight/spectral-cli': '6.16.3',
      'openapi-typescript': '7.13.0',
      typescript: '5.9.3',
    };
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, dependencies }));
    const quietly = ['--silent', '--no-audit', '--no-fund', '--ignore-scripts'];
    await run('npm', ['install', '--prefix', folder, ...quietly], { atMostMs });
  },
};
