/** Who is in a plan, for those who have to decide on it. */
import { z } from '@hono/zod-openapi';
import { planObject } from '../../shared/contracts/layout.ts';
import { ChangeAction } from '../../shared/contracts/plan.ts';
import type { Run } from '../../shared/contracts/run.ts';
import type { PlanReader } from '../../shared/ports/plan-reader.ts';

export const PlannedChange = z
  .strictObject({
    key: z.string().describe('Of the member.'),
    action: ChangeAction,
    record: z
      .record(z.string(), z.unknown())
      .describe('As the platform would be sent it, or was for a delete.'),
  })
  .meta({ id: 'PlannedChange' });
export type PlannedChange = z.infer<typeof PlannedChange>;

const Fields = z.record(z.string(), z.unknown());

/** The first of an action, in the order of their keys; none where the plan is no longer kept. */
export async function samplesOf(
  plans: PlanReader,
  { sync, id, plan }: Run,
  action: z.infer<typeof ChangeAction>,
  limit: number,
): Promise<PlannedChange[]> {
  if (!plan) return [];
  const lines = await plans.find(planObject(sync, id, plan.attempt), { action, limit });
  return (lines ?? []).map((line) => ({
    key: line.key,
    action: line.action,
    record: Fields.catch({}).parse(JSON.parse(line.record)),
  }));
}
