/** What the bench of the API finds saved: destinations, syncs and closed runs. */

import type { LocalMirror } from '../../local/mirror.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import { usualTask } from '../../shared/contracts/task.ts';

export interface Saved {
  readonly syncs: number;
  /** Of them those at the destination `shared`; the rest is at `other`. */
  readonly atOne: number;
  readonly runs: number;
}

const day = 86_400_000;

export async function seed({ configs, runs }: LocalMirror, saved: Saved): Promise<void> {
  for (const id of ['shared', 'other']) {
    await configs.putDestination({
      ...sampleDestination('http://127.0.0.1:9'),
      id,
      name: `To ${id}`,
    });
  }
  const each = Math.ceil(saved.runs / saved.syncs);
  for (let at = 0; at < saved.syncs; at += 1) {
    const id = `sync-${at}`;
    await configs.putSync({
      ...sampleSyncOf(),
      id,
      name: `Of ${id}`,
      destination: at < saved.atOne ? 'shared' : 'other',
      audience: { id, name: id },
      schedule: { type: 'manual' },
    });
    for (let run = 0; run < each; run += 1) await closedRun(runs, id, run);
  }
}

async function closedRun(runs: LocalMirror['runs'], sync: string, at: number): Promise<void> {
  const startedAt = Date.now() - day + at * 1_000;
  const id = `${startedAt.toString(36).padStart(10, '0')}${String(at).padStart(16, '0')}`;
  const open = { sync, run: id, trigger: 'manual', task: usualTask, startedAt } as const;
  const state = await runs.claimLease(open);
  const epoch = state?.epoch ?? 1;
  const result = { status: 'unchanged' } as const;
  const closedAt = startedAt + 500;
  await runs.createRun({
    sync,
    id,
    epoch,
    trigger: 'manual',
    task: usualTask,
    phase: 'closed',
    startedAt,
    movedAt: closedAt,
    closedAt,
    deadline: startedAt + day,
    attempts: 0,
    status: 'unchanged',
    result,
  });
  await runs.freeLease({ sync, id, epoch, task: usualTask, closedAt }, result);
}
