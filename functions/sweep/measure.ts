/** What stands for a while is measured by the clock, not by events: members, and work that waits. */

import type { Figure } from '../../shared/domain/run/figures.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import type { Clock } from '../../shared/ports/world.ts';

export interface MeasurePorts {
  readonly runs: Pick<RunStore, 'listStates' | 'getRun'>;
  readonly clock: Pick<Clock, 'now'>;
}

export async function measure({ runs, clock }: MeasurePorts): Promise<Figure[]> {
  const states = [...(await runs.listStates()).states];
  const members = states.reduce((sum, [, { mirror }]) => sum + (mirror?.members ?? 0), 0);
  const moved = await Promise.all(
    states.flatMap(([sync, { openRun }]) =>
      openRun
        ? [
            orSetAside(() => runs.getRun(sync, openRun.run)).then(
              (run) => run?.movedAt ?? openRun.startedAt,
            ),
          ]
        : [],
    ),
  );
  return [
    ...(states.length > 0 ? [{ name: 'Members' as const, value: members }] : []),
    ...(moved.length > 0
      ? [
          {
            name: 'OldestWorkAge' as const,
            value: Math.max(0, clock.now() - Math.min(...moved)) / 1_000,
          },
        ]
      : []),
  ];
}
