/** What a person does to a sync now and then, and what must hold of who was erased. */
import { createHmac } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { ErasureReceipt } from '../../shared/contracts/erasure.ts';
import { logKeyObject } from '../../shared/contracts/layout.ts';
import { Source } from '../../shared/contracts/sync.ts';
import { readObject } from '../../shared/stored.ts';
import type { Member } from './answers.ts';
import { plainMapping } from './audience.ts';
import type { History } from './history.ts';
import type { Repair } from './script.ts';

/** What is done before the export is; gives what is done later. */
export function prepare(history: History, sync: string, repair: Repair): () => void {
  const { random, world } = history;
  world.count(`repair-${repair}`);
  switch (repair) {
    case 'full':
      return () => history.start(sync, { kind: 'mirror', full: true });
    case 'empty':
      return () => history.start(sync, { kind: 'empty' });
    case 'rollback':
      return () => {
        const to = [...history.runs.runs.values()].filter(
          (run) => run.sync === sync && run.result?.mirror,
        );
        if (to.length > 0) history.start(sync, { kind: 'rollback', to: random.pick(to).id });
      };
    case 'adopt':
      return () => void adopt(history, sync);
    case 'erase': {
      const key = `m${random.between(1, 40)}`;
      if (random.chance(0.8)) history.audiences.get(sync)?.leave(key);
      const anyway = random.chance(0.3);
      return () => history.erase(sync, key, anyway);
    }
  }
}

/** Forgets the mirror and takes over what the platform holds, unless a run is open. */
export async function adopt(history: History, sync: string): Promise<void> {
  const { runs, snapshots, world, platform, audiences, random } = history;
  if (!(await runs.forgetMirror(sync))) return;
  const { epoch } = await runs.getState(sync);
  history.resets.set(sync, [...(history.resets.get(sync) ?? []), epoch]);
  const audience = audiences.get(sync);
  const hasCity = random.chance(0.7);
  if (!hasCity) history.partlyAdopted.add(sync);
  const members = [...(platform.audiences.get(`audience-${sync}`)?.values() ?? [])];
  const { lowercase } = history.mappings.get(sync) ?? plainMapping;
  const taken = new Set<string | undefined>();
  const rows = members.map((member: Member) => {
    const { name: held = null, city = null, email } = member;
    const known = member['id'] ?? audience?.idOf(email ?? '');
    // Two rows of one key would contradict each other: a member of two e-mails is two to whoever looks there.
    const id = taken.has(known) ? email : known;
    taken.add(id);
    // What differs in nothing but what is normalised would count as equal: a name of before the edit is left out.
    const name = lowercase && held !== held?.toLowerCase() ? null : held;
    return { id, name, ...(hasCity && { city, town: city }), ...(email && { email }) };
  });
  for (const { id } of rows) if (id !== undefined) history.adopted.add(`${sync}/${id}`);
  const prefix = `platform/${sync}/${world.clock()}/`;
  const body = rows.map((row) => `${JSON.stringify(row)}\n`).join('') || '\n';
  snapshots.write(`${prefix}0.ndjson`, Buffer.from(body), world.clock());
  const completeness = { by: 'settled', settledSeconds: 0 };
  const source = Source.parse({ bucket: 'warehouse', prefix, completeness });
  history.start(sync, { kind: 'adopt', source });
}

/** A reset without an adoption after it leaves whoever the snapshot lacks behind, and that is no fault of ours. */
export function isAdoptionMissing(
  { resets, runs }: History,
  sync: string,
  until = Number.POSITIVE_INFINITY,
): boolean {
  const reset = resets.get(sync)?.findLast((epoch) => epoch < until);
  if (reset === undefined) return false;
  return ![...runs.runs.values()].some(
    ({ sync: of, epoch, task, result }) =>
      of === sync &&
      epoch > reset &&
      epoch < until &&
      task.kind === 'adopt' &&
      result?.counts !== undefined,
  );
}

export const receiptsOf = ({ state }: History): ErasureReceipt[] =>
  [...state.objects]
    .filter(([name]) => name.startsWith('erasures/receipts/'))
    .map(([name, body]) => readObject(ErasureReceipt, body, name));

/**
 * Erasures that are done, of members whom no snapshot named since, and no file to adopt at any time: where an e-mail is
 * shared, such a file may give it to anybody.
 */
function erased(history: History): { readonly sync: string; readonly key: string }[] {
  return receiptsOf(history).flatMap(({ sync, id, state, requestedAt, run }) => {
    const key = history.erasures.get(id);
    const isBack = key && history.audiences.get(sync)?.isExportedSince(key, requestedAt);
    const epoch = history.runs.runs.get(`${sync}/${run}`)?.epoch;
    const isKnown = epoch !== undefined && !isAdoptionMissing(history, sync, epoch);
    const isNamedAgain = history.adopted.has(`${sync}/${key}`);
    return state === 'done' && key && !isBack && isKnown && !isNamedAgain ? [{ sync, key }] : [];
  });
}

/** Nobody who was erased is added again, unless a snapshot has them. */
export function wronglyAdded(
  history: History,
  audience: string,
  members: readonly Member[],
): string[] {
  return erased(history)
    .filter(
      ({ sync, key }) => audience === `audience-${sync}` && members.some(({ id }) => id === key),
    )
    .map(({ key }) => `${key} was added to ${audience} after they were erased`);
}

/** When all is over, every erasure is, too, and nothing that is kept names who was erased. */
export function erasedWrongly(history: History): string[] {
  const { state, logs, lateWrites } = history;
  const open = receiptsOf(history).filter(({ state: is }) => is === 'waiting');
  const named = erased(history).flatMap(({ sync, key }) =>
    [...state.objects, ...logs.objects].flatMap(([name, body]) =>
      isOf(sync, name) && !lateWrites.has(name) && names(body, formsOf(history, sync, key))
        ? [`${name} names ${key}, who was erased`]
        : [],
    ),
  );
  return [...open.map(({ id, error }) => `the erasure ${id} waits: ${error?.code}`), ...named];
}

const isOf = (sync: string, name: string) =>
  name.includes(`/${sync}/`) || name.includes(`/sync=${sync}/`);

function formsOf({ state }: History, sync: string, key: string): string[] {
  const secret = state.objects.get(logKeyObject(sync));
  return secret ? [key, createHmac('sha256', secret).update(key).digest('hex')] : [key];
}

function names(body: Uint8Array, forms: readonly string[]): boolean {
  const isGzip = body[0] === 0x1f && body[1] === 0x8b;
  const text = (isGzip ? inflated(body) : Buffer.from(body)).toString();
  return forms.some((form) => text.includes(`"${form}"`));
}

/** Empty where it is damaged. */
function inflated(body: Uint8Array): Buffer {
  try {
    return gunzipSync(body);
  } catch {
    return Buffer.alloc(0);
  }
}
