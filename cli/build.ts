/**
 * Puts the command line and what it loads into a few files, in the folder dist beside this one: `npm ci` does it as its last step.
 * Finding, reading and compiling some five hundred sources one by one is a third of what a short command takes. Of each source the size and time
 * are noted, so that what was changed since is started from its sources (`bundled.js`). Where the tools are left out
 * (`npm ci --omit=dev`) that is always so.
 */
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'cli', 'dist');
/** npm writes it whenever it changes a package. */
const packages = 'node_modules/.package-lock.json';

/** What a source finds beside itself, it finds from the bundle as well. */
const ownPlace: Plugin = {
  name: 'own-place',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const place = JSON.stringify(relative(dist, path).replaceAll('\\', '/'));
      const text = readFileSync(path, 'utf8');
      const contents = text.replaceAll(
        'import.meta.url',
        `new URL(${place}, import.meta.url).href`,
      );
      return { contents, loader: 'ts' };
    });
  },
};

const noted = (name: string) => {
  const { size, mtimeMs } = statSync(join(root, name));
  return [name, size, mtimeMs];
};

rmSync(dist, { recursive: true, force: true });
const esbuild = await import('esbuild').catch(() => undefined);
if (esbuild) {
  const { metafile } = await esbuild.build({
    absWorkingDir: root,
    entryPoints: [join(root, 'cli/main.ts')],
    outdir: dist,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Native, and found from here as from the sources.
    external: ['@duckdb/node-api'],
    plugins: [ownPlace],
    // Packages of the older kind ask for Node's own modules by it.
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
    metafile: true,
    logLevel: 'error',
  });
  const sources = Object.keys(metafile.inputs).filter((name) => !name.startsWith('node_modules/'));
  writeFileSync(join(dist, 'sources.json'), JSON.stringify([...sources, packages].map(noted)));
} else {
  process.stderr.write(
    'The command line starts from its sources: its tools were left out of this install.\n',
  );
}
