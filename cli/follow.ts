/** Waits for a run, and shows how far it is where somebody watches. */
import { setTimeout as sleep } from 'node:timers/promises';
import { progressLine } from '../shared/domain/run/report.ts';
import type { Api } from './api/client.ts';
import { type RunView, readRun } from './api/runs.ts';
import { Interrupted } from './exit.ts';
import { waitText } from './run-report.ts';
import type { Session } from './session.ts';

/** Milliseconds between two looks: more and more, as a run that takes long need not be looked at often. */
const shortest = 150;
const longest = 2_000;

/** Until it is closed. Ctrl-C leaves the run alone; `goesOn`: its system does not end with us. */
export async function follow(
  { world, terminal }: Session,
  api: Api,
  sync: string,
  id: string,
  goesOn = true,
): Promise<RunView> {
  const signal = world.interruption();
  const clear = () => (world.stderr.isTerminal ? world.stderr.write('\r\u001b[2K') : undefined);
  let told: string | undefined;
  for (let pause = shortest; ; pause = Math.min(pause * 1.2, longest)) {
    const run = await readRun(api, sync, id);
    if (run.phase === 'closed') {
      await clear();
      return run;
    }
    const wait = waitText(run);
    if (wait !== undefined && wait !== told) {
      await clear();
      await terminal.note(wait);
    }
    told = wait;
    if (world.stderr.isTerminal) {
      const { settled = 0, chunks = 0 } = run.progress ?? {};
      await world.stderr.write(`\r\u001b[2K${progressLine(run.phase, settled, chunks)}`);
    }
    await sleep(pause, undefined, { signal }).catch(async () => {
      await clear();
      await terminal.note(
        goesOn
          ? `The run ${id} goes on. See it with audience-mirror runs ${sync} ${id}, or cancel it with audience-mirror cancel ${sync}.`
          : `The run ${id} stops here. What was done is kept: the same command goes on with it.`,
      );
      throw new Interrupted();
    });
  }
}
