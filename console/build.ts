/**
 * Builds the console into the folder dist beside this file: `npm ci` does it as its last step, without network, `npm run console` at any time,
 * and with `--watch` again and again. Where the tools are left out (`npm ci --omit=dev`) it says so and fails nothing.
 */
import { fileURLToPath } from 'node:url';
import type { InlineConfig } from 'vite';

const root = fileURLToPath(new URL('.', import.meta.url));

const config: InlineConfig = {
  root,
  configFile: false,
  logLevel: 'error',
  publicDir: 'public',
  oxc: { jsx: { runtime: 'automatic' } },
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    watch: process.argv.includes('--watch') ? {} : null,
    license: { fileName: 'licences.md' },
  },
};

const vite = await import('vite').catch(() => undefined);
if (vite) await vite.build(config);
else process.stderr.write('The console is not built: its tools were left out of this install.\n');
