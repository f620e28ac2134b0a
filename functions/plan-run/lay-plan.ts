/** Lays a plan: takes what the session found through the planner, in order. */

import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import type { Planner } from '../../shared/domain/plan/planner.ts';
import type { IdentitySession, PartSession } from '../../shared/ports/part-engine.ts';
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

/** As `layPlan`, of a part: its removals are compared with those of all parts, later. */
export async function* layPart(
  planner: Planner,
  session: PartSession,
  keyless: PlanSession['keyless'],
): AsyncGenerator<Chunk> {
  for await (const candidates of session.candidates()) {
    const { rows, full, removals } = planner.take(candidates);
    await session.append(rows);
    yield* full;
    if (removals.length > 0) await session.propose(removals);
  }
  await session.append(planner.takeKeyless(keyless));
  yield* planner.rest();
}

/** As `layPlan`, of removals of some identities. */
export async function* layIdentities(
  planner: Planner,
  session: IdentitySession,
): AsyncGenerator<Chunk> {
  for await (const removals of session.removals()) {
    const { rows, full } = planner.takeRemovals(removals);
    await session.append(rows);
    yield* full;
  }
  yield* planner.rest();
}
