/** Tells, once, that the clock was set back: by moments that were the present once, and are still to come. */

import type { SyncState } from '../../shared/contracts/sync-state.ts';
import { clockAlert } from '../../shared/domain/run/alert.ts';
import { momentOfId, newestRunOf } from '../../shared/domain/run/run-id.ts';
import { isAhead } from '../../shared/domain/words/clock.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import { type TellPorts, tellOnce } from './tell-once.ts';

export interface ClockPorts extends TellPorts {
  readonly runs: Pick<RunStore, 'listStates'>;
}

export async function raiseClock(ports: ClockPorts): Promise<void> {
  const now = ports.clock.now();
  const { states } = await ports.runs.listStates();
  const latest = Math.max(0, ...[...states.values()].flatMap(momentsOf));
  if (isAhead(latest, now)) await tellOnce(ports, clockAlert(latest, now));
}

/** Ids go on counting from where they were, and move on by a thousandth of a second a run: they tell hours, not moments. */
const hourMs = 3_600_000;

function momentsOf(state: SyncState): number[] {
  const { openRun, succeededAt = 0, tidied } = state;
  const ofId = momentOfId(newestRunOf(state)) ?? 0;
  return [
    Math.floor(ofId / hourMs) * hourMs,
    openRun?.startedAt ?? 0,
    succeededAt,
    tidied?.at ?? 0,
  ];
}
