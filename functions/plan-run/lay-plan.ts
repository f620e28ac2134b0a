/** Lays a plan: takes what the session found through the planner, in order. */

import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import type { Planner } from '../../shared/domain/plan/planner.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';

/** `take` gets the chunks as they fill, and the rest at the end. */
export async function layPlan(
  planner: Planner,
  session: PlanSession,
  take: (chunks: readonly Chunk[]) => Promise<void>,
): Promise<void> {
  let isProposed = false;
  for await (const candidates of session.candidates()) {
    const { rows, full, removals } = planner.take(candidates);
    await session.append(rows);
    await take(full);
    if (removals.length === 0) continue;
    await session.propose(removals);
    isProposed = true;
  }
  await session.append(planner.takeKeyless(session.keyless));
  for await (const removals of isProposed ? session.removals() : []) {
    const { rows, full } = planner.takeRemovals(removals);
    await session.append(rows);
    await take(full);
  }
  await take(planner.rest());
}
