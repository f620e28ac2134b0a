/** What must hold of whoever stays: at each removal, and of each mirror that a run leaves. */
import { configObject } from '../../shared/contracts/layout.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { RunConfig } from '../../shared/contracts/run-config.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import { readObject } from '../../shared/stored.ts';
import { type Member, nameOf, type SentRequest } from './answers.ts';
import type { Row } from './audience.ts';
import { memoryEngines } from './engines.ts';
import type { History } from './history.ts';
import { plainManners } from './manners.ts';
import { decode, type Mirror, type MirrorRows } from './memory/tables.ts';

/** Whoever a row of the run's own snapshot names is not removed by it. */
export function stayingRemoved(history: History, { key, members }: SentRequest): string[] {
  const [id] = key.split('-');
  const run = [...history.runs.runs.values()].find((each) => each.id === id);
  if (run?.task.kind !== 'mirror') return [];
  const staying = stayingOf(history, run);
  return members
    .map(nameOf)
    .filter((name) => staying.has(name))
    .map((name) => `${key} removed ${name}, who is in the snapshot of that run`);
}

const known = new WeakMap<Run, ReadonlySet<string>>();

/** By what the platform knows them; a row without a key is nobody's, and of one that others contradict nobody can say. */
function stayingOf(history: History, run: Run): ReadonlySet<string> {
  const before = known.get(run);
  if (before) return before;
  const { pinned, snapshots } = history;
  const body = pinned.get(configObject(run.sync, run.id));
  const { task } = readObject(RunConfig, body ?? new Uint8Array(), 'config');
  const objects = task.kind === 'mirror' ? task.snapshot.objects : [];
  const rows: Row[] = objects
    .map(({ etag }) => Buffer.from(snapshots.past.get(etag) ?? []).toString())
    .flatMap((text) => text.split('\n').filter((line) => line !== ''))
    .map((line) => JSON.parse(line));
  const byId = Map.groupBy(
    rows.filter(({ id }) => id !== null),
    ({ id }) => id,
  );
  const alone = [...byId.values()].filter(
    (group) => new Set(group.map((row) => JSON.stringify(row))).size === 1,
  );
  const names = alone.flatMap(([row]) => (row?.email?.toLowerCase() ?? row?.id) || []);
  const staying = new Set(names);
  known.set(run, staying);
  return staying;
}

/** What the mirror that was left just now is certain of is so at the platform. */
export function notThere(history: History, sync: string): string[] {
  const { engines, platform, audiences, resets } = history;
  // DuckDB's mirrors are read by none but DuckDB.
  if (engines !== memoryEngines || isMirrorDamaged(history, sync)) return [];
  // What a table of before says is held until somebody knows better.
  if (history.wentBack.has(sync)) return [];
  const audience = `audience-${sync}`;
  const there = platform.audiences.get(audience) ?? new Map<string, Member>();
  const { isMerging } = platform.manners.get(audience) ?? plainManners;
  return [...mirrorOf(history, sync)].flatMap(([key, { record, state, parked }]) => {
    if (state !== 'certain' || parked) return [];
    const member: Member = JSON.parse(record);
    const is = there.get(nameOf(member));
    if (!is) return [`${sync}: the mirror is certain of ${key}, whom the platform lacks`];
    // Of who shares an e-mail either may be there; an adopted file may say less than there is.
    const isKnown = !resets.has(sync) && !audiences.get(sync)?.isShared(nameOf(member));
    const isSame = (name: string) =>
      is[name] === member[name] || (isMerging && member[name] === undefined);
    return isKnown && !['name', 'city'].every(isSame)
      ? [`${sync}: the mirror is certain of other attributes of ${key} than the platform has`]
      : [];
  });
}

const isMirrorDamaged = ({ runs, takenAway }: History, sync: string): boolean => {
  const pointer = runs.states.get(sync)?.mirror;
  return pointer !== undefined && layersOf(pointer).some(({ location }) => takenAway.has(location));
};

function mirrorOf({ runs, state }: History, sync: string): Mirror {
  const mirror: Mirror = new Map();
  const pointer = runs.states.get(sync)?.mirror;
  for (const { location } of pointer ? layersOf(pointer) : []) {
    const rows: MirrorRows = decode(state.objects.get(location) ?? Buffer.from('[]'));
    for (const [key, entry] of rows) {
      if (entry) mirror.set(key, entry);
      else mirror.delete(key);
    }
  }
  return mirror;
}
