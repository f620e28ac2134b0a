/** What must hold at the end of a history. */
import { imbalances } from '../../shared/domain/run/counts.ts';
import type { Member } from './answers.ts';
import { plainMapping } from './audience.ts';
import { untold } from './held-back.ts';
import type { History } from './history.ts';
import { keptWrongly, loggedWrongly } from './kept.ts';
import { isForbidden, plainManners } from './manners.ts';
import { erasedWrongly } from './repair.ts';
import { mayLeaveBehind } from './troubles.ts';

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
function leftLying({ runs, hasJumped, calmFrom = Number.POSITIVE_INFINITY }: History): string[] {
  if (hasJumped) return [];
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

/** The platform holds exactly the members of the newest snapshot, and of each what that says. */
async function diverged(history: History): Promise<string[]> {
  const { audiences, platform, mappings } = history;
  const found: string[] = [];
  for (const [sync, audience] of audiences) {
    const { members, invalid, shared } = audience.expected(mappings.get(sync) ?? plainMapping);
    const manners = platform.manners.get(`audience-${sync}`) ?? plainManners;
    const there = platform.audiences.get(`audience-${sync}`) ?? new Map<string, Member>();
    for (const [name, member] of members) {
      const is = there.get(name);
      if ((shared.has(name) && is) || isForbidden(manners, name)) continue;
      if (JSON.stringify(is) !== JSON.stringify(member) && !mayKeepCity(history, sync, member, is))
        found.push(
          `${sync}: ${name} should be ${JSON.stringify(member)} and is ${JSON.stringify(is)}`,
        );
    }
    if (mayLeaveBehind(history, sync)) continue;
    for (const name of there.keys()) {
      if (!members.has(name) && !invalid.has(name) && !isForbidden(manners, name))
        found.push(`${sync}: ${name} was left behind`);
    }
  }
  return found;
}

/** A city that went away, of which a platform that keeps what it isn't told of could not be told: a run said so. */
function mayKeepCity(
  { platform, runs, wentBack, lostMirrors }: History,
  sync: string,
  member: Member,
  is: Member | undefined,
): boolean {
  const { isMerging, noCity } = platform.manners.get(`audience-${sync}`) ?? plainManners;
  const { city, ...rest } = is ?? {};
  if (!isMerging || member['city'] || JSON.stringify(rest) !== JSON.stringify(member)) return false;
  // Of a city that only a lost account knew nobody can tell.
  const isLost = wentBack.has(sync) || lostMirrors.has(sync);
  const isTold = [...runs.runs.values()].some(
    (run) =>
      run.sync === sync && run.result?.warnings?.some(({ code }) => code === 'value-not-cleared'),
  );
  return noCity === 'omit' || (noCity === 'unsaid' && (isTold || isLost));
}
