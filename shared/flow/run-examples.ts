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
import { readObject, writeObject } from '../stored.ts';
import { orSetAside } from './set-aside.ts';

export async function storeExamples(
  state: StateStore,
  run: Pick<Run, 'sync' | 'id'>,
  reasons: readonly FoldReason[],
): Promise<void> {
  const examples = reasons.flatMap(({ code, reason, example }): Example[] =>
    example === undefined ? [] : [{ code, reason, key: example }],
  );
  if (examples.length === 0) return;
  const name = examplesObject(run.sync, run.id);
  await state.put(name, writeObject(Examples, { examples }, name));
}

/** The run's reasons, each with its example where one is kept. */
export async function namedReasons(state: StateStore, run: Run): Promise<FoldReason[]> {
  const reasons: readonly ReasonCount[] = run.result?.reasons ?? [];
  if (reasons.length === 0) return [];
  const name = examplesObject(run.sync, run.id);
  const body = await state.get(name);
  const found = body && (await orSetAside(() => readObject(Examples, body, name)));
  if (!found) return [...reasons];
  return reasons.map((each) => {
    const example = found.examples.find(
      ({ code, reason }) => code === each.code && reason === each.reason,
    );
    return example ? { ...each, example: example.key } : each;
  });
}
