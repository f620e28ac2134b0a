/**
 * Damaged files: each is refused with an error of ours that shows nobody's value, or read as what stands in it.
 * Whoever is missing from a snapshot is removed, so no row of a damaged file may go missing without a word.
 * What no reader can see in a file that looks whole stands in docs/snapshots.md.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test, vi } from 'vitest';
import { damages } from './damages.ts';
import { formats } from './sound.ts';
import { type Trial, Trials } from './trial.ts';

vi.setConfig({ testTimeout: 240_000 });

import { seed } from '../seed.ts';

const cases = 350;
const folder = await mkdtemp(join(tmpdir(), 'damage-'));
const trials = await Trials.open(folder);
afterAll(async () => {
  trials.close();
  await rm(folder, { recursive: true, force: true });
});

test.each(formats)(`${cases} damaged %s files are refused, or read as they are`, async (format) => {
  // Before the first one, in case one of them ends the process.
  console.info(`npm run fuzz -- --format ${format} --cases ${cases} --seed ${seed}`);
  const played: Trial[] = [];
  for (let at = 0; at < cases; at++) played.push(await trials.play(seed + at, format));
  const wrong = played.filter(({ verdict }) => verdict === 'wrong');
  expect(wrong.map((each) => `--seed ${each.seed}: ${each.damage}: ${each.why}`)).toEqual([]);

  const kinds = new Set(played.map(({ damage }) => damage));
  const asked = damages[format === 'parquet' ? 'parquet' : 'text'];
  for (const [name] of asked) expect(kinds).toContain(name);
  for (const verdict of ['refused', 'as it says'])
    expect(played.filter((each) => each.verdict === verdict).length).toBeGreaterThan(cases / 20);
});
