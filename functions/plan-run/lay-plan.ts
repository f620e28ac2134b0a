/** Lays a plan: takes what the session found through the planner, in order. */

import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import type { Planner } from '../../shared/domain/plan/planner.ts';
import type { PlanSession } from '../../shared/ports/plan-engine.ts';

/** Gives the chunks as they fill, and the rest at the end. The plan is laid once the last is taken. */
export async function* layPlan(planner: Planner, session: PlanSession): AsyncGenerator<Chunk> {
  let isProposed = false;
  for await (const candidates of session.candidates()) {
    const { rows, full, removals } = planner.take(candidates);
    await session.append(rows);
    yield* full;
    if (removals.length === 0) continue;
    await session.propose(removals);
    isProposed = true;
  }
  await session.append(planner.takeKeyless(session.keyless));
  for await (const removals of isProposed ? session.removals() : []) {
    const { rows, full } = planner.takeRemovals(removals);
    await session.append(rows);
    yield* full;
  }
  yield* planner.rest();
}
