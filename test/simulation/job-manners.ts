/** How a simulated platform does its jobs, and what a destination says of them. */
import type { Random } from './random.ts';

/** How a platform does its jobs. */
export interface JobManners {
  /** That the work on one takes at most. */
  readonly workSeconds: number;
  readonly everySeconds: number;
  readonly deadlineMinutes: number;
}

/** Few syncs have any, drawn apart so that the other histories stay as they are. */
export const jobMannersOf = (random: Random): JobManners | undefined =>
  random.chance(0.2)
    ? {
        workSeconds: random.pick([1, 20, 200]),
        everySeconds: random.pick([5, 30, 120]),
        deadlineMinutes: random.pick([5, 15]),
      }
    : undefined;

/** Of a destination whose platform has them. */
export const jobOf = ({ everySeconds, deadlineMinutes }: JobManners) => ({
  id: '$$.body.job',
  ask: { path: '/jobs/{{connection.jobId}}' },
  running: '$$.body.state = "running"',
  done: '$$.body.state = "done"',
  failed: '$$.body.state = "broken"',
  rejected: '$$.body.errors',
  everySeconds,
  deadlineMinutes,
});
