/** What a run goes by. */
import { z } from 'zod';
import { Destination } from './destination.ts';
import { MirrorPointer } from './mirror.ts';
import { Snapshot } from './snapshot.ts';
import { Sync } from './sync.ts';
import { AdoptTask, DryRunTask, EmptyTask, EraseTask, MirrorTask, RollbackTask } from './task.ts';

/** The run's task with what it is to make the platform equal to, as that was found at the start. */
export const PinnedTask = z.discriminatedUnion('kind', [
  MirrorTask.extend({ snapshot: Snapshot }),
  DryRunTask.extend({ snapshot: Snapshot }),
  /** `snapshot`: the files to adopt. */
  AdoptTask.extend({ snapshot: Snapshot }),
  RollbackTask.extend({
    older: MirrorPointer,
    /** Identity of the newest snapshot: it is set aside. Absent where none is known. */
    newest: z.string().optional(),
  }),
  EmptyTask,
  /** `snapshot`: the newest complete one, to be looked through for them. */
  EraseTask.extend({ snapshot: Snapshot.optional() }),
]);

export type PinnedTask = z.infer<typeof PinnedTask>;

/** Everything a run goes by, pinned at its start: later edits reach the next run. */
export const RunConfig = z.strictObject({
  sync: Sync,
  destination: Destination,
  task: PinnedTask,
  mirror: MirrorPointer.optional(),
});

export type RunConfig = z.infer<typeof RunConfig>;
