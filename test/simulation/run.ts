/**
 * `npm run simulate -- [--seed S] [--runs N] [--processes P]`: plays N histories from seed S on, on all cores unless
 * told otherwise, and prints what happened. `--replay JSON` plays one script. Ends with 1 where a promise was broken.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { scriptOf } from './script.ts';
import { play, shrink } from './simulate.ts';

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    runs: { type: 'string', default: '1000' },
    processes: { type: 'string', default: `${availableParallelism()}` },
    replay: { type: 'string' },
    /** Ends with the first broken promise, in one line. */
    terse: { type: 'boolean', default: false },
  },
});

/** By name: what was played, and how often each fault fired. */
type Figures = Record<string, number>;

const played: Figures = { histories: 0, runs: 0, calls: 0, requests: 0, records: 0, broken: 0 };
const fired: Figures = {};
const say = (text: string) => process.stdout.write(`${text}\n`);
const add = (to: Figures, figures: Figures) => {
  for (const [name, count] of Object.entries(figures)) to[name] = (to[name] ?? 0) + count;
};

async function playAll(seed: number, runs: number): Promise<void> {
  const most = options.terse ? 1 : 5;
  for (let at = seed; at < seed + runs && (played['broken'] ?? 0) < most; at += 1) {
    const script = options.replay ? JSON.parse(options.replay) : scriptOf(at);
    const { history, broken } = await play(script);
    add(fired, Object.fromEntries(history.world.fired));
    add(played, {
      histories: 1,
      runs: history.runs.runs.size,
      calls: history.world.calls.length,
      requests: history.platform.requests,
      records: history.platform.records,
      broken: broken.length > 0 ? 1 : 0,
    });
    if (broken.length === 0) continue;
    say(`seed ${script.seed}: ${broken[0]}`);
    if (options.terse) continue;
    const smallest = await shrink(script);
    say(`  smallest: --replay '${JSON.stringify(smallest.script)}'`);
    for (const promise of smallest.broken) say(`  ${promise}`);
  }
}

/** The seeds in as many shares, each in a process of its own, which sends its figures as it ends. */
async function share(seed: number, runs: number, processes: number): Promise<void> {
  const ends = Array.from({ length: processes + 1 }, (_, at) =>
    Math.floor((runs * at) / processes),
  );
  const shares = ends.slice(1).map((end, at) => [seed + (ends[at] ?? 0), end - (ends[at] ?? 0)]);
  const codes = await Promise.all(
    shares.map(async ([from, many]) => {
      const own = ['--seed', `${from}`, '--runs', `${many}`, '--processes', '1'];
      const child = fork(fileURLToPath(import.meta.url), own);
      child.on('message', (sent: { played: Figures; fired: Figures }) => {
        add(played, sent.played);
        add(fired, sent.fired);
      });
      const [code] = await once(child, 'close');
      return code;
    }),
  );
  // A share that died has said why; it is no success.
  if (codes.some((code) => code !== 0)) process.exitCode = 1;
}

const runs = options.replay ? 1 : Number(options.runs);
const processes = options.terse ? 1 : Math.min(runs, Number(options.processes));
if (processes > 1) await share(Number(options.seed), runs, processes);
else await playAll(Number(options.seed), runs);

if (process.send) process.send({ played, fired });
else if (!options.terse) {
  const figures = [...Object.entries(played), ...Object.entries(fired).sort()];
  for (const [name, count] of figures) say(`${String(count).padStart(12)}  ${name}`);
}
if ((played['broken'] ?? 0) > 0) process.exitCode = 1;
