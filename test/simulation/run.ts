/**
 * `npm run simulate -- [--seed S] [--runs N]`: plays N histories from seed S on, and prints what happened.
 * `--replay JSON` plays one script. Ends with 1 where a promise was broken.
 */
import { parseArgs } from 'node:util';
import { type Script, scriptOf } from './script.ts';
import { play, shrink } from './simulate.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    replay: { type: 'string' },
    /** Ends with the first broken promise, in one line. */
    terse: { type: 'boolean', default: false },
  },
});

const say = (text: string) => process.stdout.write(`${text}\n`);

const seed = Number(options.seed);
const scripts: Iterable<Script> = options.replay
  ? [JSON.parse(options.replay)]
  : (function* () {
      for (let i = 0; i < Number(options.runs); i++) yield scriptOf(seed + i);
    })();

const fired = new Map<string, number>();
const sum = { histories: 0, runs: 0, calls: 0, requests: 0, records: 0, broken: 0 };
for (const script of scripts) {
  const { history, broken } = await play(script);
  sum.histories += 1;
  sum.runs += history.runs.runs.size;
  sum.calls += history.world.calls.length;
  sum.requests += history.platform.requests;
  sum.records += history.platform.records;
  for (const [fault, count] of history.world.fired)
    fired.set(fault, (fired.get(fault) ?? 0) + count);
  if (broken.length === 0) continue;
  sum.broken += 1;
  say(`seed ${script.seed}: ${broken[0]}`);
  if (options.terse) break;
  const smallest = await shrink(script);
  say(`  smallest: --replay '${JSON.stringify(smallest.script)}'`);
  for (const promise of smallest.broken) say(`  ${promise}`);
  if (sum.broken === 5) break;
}
if (!options.terse) {
  for (const [name, value] of [...Object.entries(sum), ...[...fired].sort()]) {
    say(`${String(value).padStart(12)}  ${name}`);
  }
}
process.exitCode = sum.broken > 0 ? 1 : 0;
