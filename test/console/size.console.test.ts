/** What a first visit loads, before anything is opened: the files that the page names, and the typeface. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';

const dist = join(import.meta.dirname, '../../console/dist');
const most = 350_000;

test('the first load is at most 350 KB, compressed, with the typeface', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  const named = [...page.matchAll(/(?:src|href)="\/([^"]+)"/g)].map(([, name = '']) => name);
  const font = readdirSync(join(dist, 'assets')).filter((name) => /^inter-latin-wght/.test(name));
  const sizes = [...named, ...font.map((name) => `assets/${name}`)].map((name) => {
    const content = readFileSync(join(dist, name));
    return name.endsWith('.woff2') ? content.length : gzipSync(content).length;
  });
  const size = sizes.reduce((sum, each) => sum + each, gzipSync(page).length);
  process.stdout.write(`first load: ${Math.round(size / 1_000)} KB compressed\n`);
  expect(size).toBeLessThanOrEqual(most);
});

test('nothing on the page is inline, and nothing is asked of others', () => {
  const page = readFileSync(join(dist, 'index.html'), 'utf8');
  expect(page).not.toMatch(/<style|\son\w+=|style="|https?:/);
  expect(page.match(/<script(?![^>]*\ssrc=)/g)).toBeNull();
});
