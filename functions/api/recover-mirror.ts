/** Takes the newest mirror that is among a sync's objects for its mirror, where the table's went back. */

import { epochOfMirror, mirrorPrefix } from '../../shared/contracts/layout.ts';
import { type MirrorPointer, StoredPointer } from '../../shared/contracts/mirror.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import { newestEpoch } from '../../shared/flow/outdated-state.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import type { StateStore } from '../../shared/ports/objects.ts';
import type { RunStore } from '../../shared/ports/runs.ts';
import { readObject } from '../../shared/stored.ts';
import { Refusal } from './problem.ts';

export interface RecoverPorts {
  readonly runs: Pick<RunStore, 'recoverMirror'>;
  readonly state: Pick<StateStore, 'list' | 'get'>;
}

/** @throws Refusal 409 `state-not-outdated`, `mirror-unknown` */
export async function recoverMirror({ runs, state }: RecoverPorts, sync: string): Promise<void> {
  const objects = await state.list(mirrorPrefix(sync));
  const pointer = await newestWhole(state, objects);
  if (!pointer) {
    throw new Refusal(409, {
      code: 'mirror-unknown',
      detail: `None of the mirrors among the objects of the sync "${sync}" is whole. Reset the sync and adopt a file of what the platform holds.`,
    });
  }
  const isDone = await runs.recoverMirror(sync, { ...pointer, resend: true }, newestEpoch(objects));
  if (isDone) return;
  throw new Refusal(409, {
    code: 'state-not-outdated',
    detail: `The state of the sync "${sync}" did not go back, or a run is open, so nothing was changed. Start a run: if it is held as state-outdated, repeat this.`,
  });
}

async function newestWhole(
  state: RecoverPorts['state'],
  objects: readonly string[],
): Promise<MirrorPointer | undefined> {
  const there = new Set(objects);
  const pointers = objects
    .filter((name) => name.endsWith('/pointer.json'))
    .sort((a, b) => (epochOfMirror(b) ?? 0) - (epochOfMirror(a) ?? 0));
  for (const name of pointers) {
    const body = await state.get(name);
    const found = body && (await orSetAside(() => readObject(StoredPointer, body, name)));
    const pointer = found?.mirror;
    if (pointer && layersOf(pointer).every(({ location }) => there.has(location))) return pointer;
  }
  return undefined;
}
