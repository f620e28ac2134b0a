/**
 * Going on without the mirror that is damaged: where everybody is sent or removed anyhow, the newest older mirror that is
 * whole stands in for it. Whoever was added since and is not in the snapshot any more is not in it, and is told of.
 */

import type { ReasonCount } from '../../shared/contracts/counts.ts';
import type { MirrorPointer } from '../../shared/contracts/mirror.ts';
import type { PlanReference } from '../../shared/contracts/run.ts';
import type { RunConfig } from '../../shared/contracts/run-config.ts';
import { StoredError } from '../../shared/domain/words/errors.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';
import type { RunStore } from '../../shared/ports/runs.ts';

interface Opened {
  readonly session: PlanSession;
  /** With the mirror that was taken. */
  readonly config: RunConfig;
}

/** @throws StoredError `mirror-damaged` where the task needs the present mirror, or none is whole */
export async function openOnWhole(
  runs: Pick<RunStore, 'listRuns'>,
  config: RunConfig,
  open: (config: RunConfig) => Promise<PlanSession>,
): Promise<Opened> {
  try {
    return { session: await open(config), config };
  } catch (error) {
    if (!isDamaged(error) || !goesOnWithout(config)) throw error;
    for (const older of await olderMirrors(runs, config)) {
      const own = { ...config, mirror: { ...older, resend: true as const } };
      const session = await open(own).catch((next: unknown) => {
        if (!isDamaged(next)) throw next;
      });
      if (session) return { session, config: own };
    }
    throw error;
  }
}

const isDamaged = (error: unknown) =>
  error instanceof StoredError && error.code === 'mirror-damaged';

const goesOnWithout = ({ task }: RunConfig) =>
  task.kind === 'empty' ||
  task.kind === 'rollback' ||
  (task.kind === 'mirror' && task.full === true);

/** More are never kept. */
const runsLookedAt = 300;

/** Newest first. */
async function olderMirrors(
  runs: Pick<RunStore, 'listRuns'>,
  { sync, mirror }: RunConfig,
): Promise<MirrorPointer[]> {
  const { items } = await runs.listRuns(sync.id, runsLookedAt);
  return items
    .flatMap(({ result }) => result?.mirror ?? [])
    .filter(({ epoch }) => epoch < (mirror?.epoch ?? 0))
    .sort((a, b) => b.epoch - a.epoch);
}

/** For whoever closes the run: its configuration names the mirror that is damaged. */
export const againstOlder = ({ mirror }: RunConfig): Pick<PlanReference, 'mirror'> =>
  mirror?.resend ? { mirror } : {};

export const olderWarning = ({ mirror }: RunConfig): ReasonCount[] =>
  mirror?.resend
    ? [
        {
          code: 'mirror-older',
          reason: `What is known of the platform is from the epoch ${mirror.epoch}, and everybody is sent again. Whoever was added since and is not in the snapshot may stay at the platform: compare with a file of what it holds, and adopt that if they differ.`,
          count: mirror.members,
        },
      ]
    : [];
