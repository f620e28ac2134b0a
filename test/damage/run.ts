/**
 * `npm run fuzz -- [--seed S] [--cases N] [--format csv|ndjson|parquet]`: reads N damaged files from seed S on, and
 * prints what became of them. Ends with 1 where one was read wrongly. One case alone: its seed, and `--cases 1`.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { formats } from './sound.ts';
import { Trials } from './trial.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    cases: { type: 'string', default: '1000' },
    format: { type: 'string' },
    /** Prints each seed before its case: for a case that ends the process. */
    trace: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);

const folder = await mkdtemp(join(tmpdir(), 'damage-'));
const trials = await Trials.open(folder);
const only = formats.find((each) => each === options.format);
const counts = new Map<string, number>();
let wrong = 0;
try {
  for (let at = 0; at < Number(options.cases); at++) {
    const seed = Number(options.seed) + at;
    if (options.trace) say(`seed ${seed}`);
    const trial = await trials.play(seed, only);
    const name = `${trial.format.padEnd(10)} ${trial.damage.padEnd(32)} ${trial.verdict}`;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    if (options.show) say(`${name}: ${trial.why ?? ''} ${trial.message ?? ''}`);
    if (trial.verdict !== 'wrong') continue;
    wrong += 1;
    say(`seed ${seed}: ${name}: ${trial.why}; ${trial.message ?? ''}`);
    if (options.show) say(JSON.stringify(trial.body.toString('latin1')));
  }
} finally {
  trials.close();
  await rm(folder, { recursive: true, force: true });
}
for (const [name, count] of [...counts].sort()) say(`${String(count).padStart(8)}  ${name}`);
process.exitCode = wrong > 0 ? 1 : 0;
