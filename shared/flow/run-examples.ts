/**
 * One member for each reason of a run's failures. They lie beside the run, and not in it: a person can be erased from
 * the bucket, but not from the backups of the table.
 */

import type { ReasonCount } from '../contracts/counts.ts';
import { examplesObject } from '../contracts/layout.ts';
import type { Run } from '../contracts/run.ts';
import { type Example, Examples } from '../contracts/sync-log.ts';
import type { FoldReason } from '../ports/fold-engine.ts';
import type { StateStore } from '../ports/objects.ts';

export async function storeExamples(
  state: StateStore,
  run: Pick<Run, 'sync' | 'id'>,
  reasons: readonly FoldReason[],
): Promise<void> {
  const examples = reasons.flatMap(({ code, reason, example }): Example[] =>
    example === undefined ? [] : [{ code, reason, key: example }],
  );
  if (examples.length === 0) return;
  const body = new TextEncoder().encode(JSON.stringify(examples));
  await state.put(examplesObject(run.sync, run.id), body);
}

/** The run's reasons, each with its example where one is kept. */
export async function namedReasons(state: StateStore, run: Run): Promise<FoldReason[]> {
  const reasons: readonly ReasonCount[] = run.result?.reasons ?? [];
  if (reasons.length === 0) return [];
  const body = await state.get(examplesObject(run.sync, run.id));
  if (!body) return [...reasons];
  const examples = Examples.parse(JSON.parse(new TextDecoder().decode(body)));
  return reasons.map((each) => {
    const example = examples.find(
      ({ code, reason }) => code === each.code && reason === each.reason,
    );
    return example ? { ...each, example: example.key } : each;
  });
}
