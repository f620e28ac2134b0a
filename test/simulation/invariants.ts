/** What must hold at the end of a history. */
import { imbalances } from '../../shared/domain/run/counts.ts';
import { plainMapping } from './audience.ts';
import { untold } from './held-back.ts';
import type { History } from './history.ts';
import { keptWrongly, loggedWrongly } from './kept.ts';
import { erasedWrongly } from './repair.ts';

/** Every broken promise in words. */
export async function broken(history: History): Promise<string[]> {
  return [
    ...history.broken,
    ...openRuns(history),
    ...leftLying(history),
    ...unbalanced(history),
    ...(await diverged(history)),
    ...untold(history),
    ...(await keptWrongly(history)),
    ...(await loggedWrongly(history)),
    ...erasedWrongly(history),
  ];
}

function openRuns({ runs, queues }: History): string[] {
  return [
    ...[...runs.runs.values()]
      .filter((run) => run.phase !== 'closed')
      .map((run) => `the run ${run.id} is open, in ${run.phase}`),
    ...[...runs.states].flatMap(([sync, state]) =>
      state.openRun ? [`the lease of ${sync} is held by ${state.openRun.run}`] : [],
    ),
    ...[...runs.runs.values()].flatMap(({ id, plan }) =>
      [...runs.pending.keys()]
        .filter((name) => plan && name.startsWith(`${id}#${plan.attempt}#`))
        .map((name) => `the chunk ${name} is pending`),
    ),
    ...(queues.length > 0 ? [`${queues.length} messages are left`] : []),
  ];
}

/** Sweeping begins an hour after the faults stop: by then there has to be time left. */
const enoughMs = 3 * 3_600_000;

/** Its deadline ends no run that had time without faults: whatever was lost is handed over again before. */
function leftLying({ runs, calmFrom = Number.POSITIVE_INFINITY }: History): string[] {
  return [...runs.runs.values()]
    .filter(({ result }) => result?.error?.code === 'deadline-passed')
    .filter(({ deadline }) => deadline >= calmFrom + enoughMs)
    .map(({ id }) => `${id} passed its deadline, and nothing kept it`);
}

function unbalanced({ runs }: History): string[] {
  return [...runs.runs.values()].flatMap((run) =>
    run.result?.counts ? imbalances(run.result.counts).map((each) => `run ${run.id}: ${each}`) : [],
  );
}

/** The platform holds exactly the members of the newest snapshot. */
async function diverged({ audiences, platform, mappings }: History): Promise<string[]> {
  const found: string[] = [];
  for (const audience of audiences.values()) {
    const { members, invalid, shared } = audience.expected(
      mappings.get(audience.id) ?? plainMapping,
    );
    const there = platform.audiences.get(`audience-${audience.id}`) ?? new Map();
    for (const [id, member] of members) {
      if (shared.has(id) && there.has(id)) continue;
      if (JSON.stringify(there.get(id)) !== JSON.stringify(member)) {
        found.push(
          `${audience.id}: ${id} should be ${JSON.stringify(member)} and is ${JSON.stringify(there.get(id))}`,
        );
      }
    }
    for (const id of there.keys()) {
      if (!members.has(id) && !invalid.has(id)) found.push(`${audience.id}: ${id} was left behind`);
    }
  }
  return found;
}
