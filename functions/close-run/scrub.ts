/**
 * Takes members out of everything that is kept of a sync. Objects are immutable but for this: tables are written anew
 * under their names without naming them, and only over what was read, so that nobody who wakes up late brings anybody
 * back. Chunks and reports that runs left behind are deleted; so is what can't be read any more, since it may name the
 * members and is of use to nobody, unless the present mirror needs it (`docs/decisions/0015-erased-unread.md`).
 *
 * It may stop and die anywhere. Where members were found is stored before anything is taken away, so that no repeat
 * can find less. Logs are looked through until nothing is found, those at the sync's present retention last: they are
 * moved there while we look.
 */

import {
  type ErasedKind,
  type ErasureReceipt,
  foundNowhere,
  type ScrubProgress,
} from '../../shared/contracts/erasure.ts';
import {
  historyPrefix,
  logPrefix,
  mirrorPrefix,
  pointerObject,
  runsPrefix,
} from '../../shared/contracts/layout.ts';
import { type MirrorObject, StoredPointer } from '../../shared/contracts/mirror.ts';
import { ChunkLine } from '../../shared/contracts/plan.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { type Example, Examples } from '../../shared/contracts/sync-log.ts';
import { layersOf } from '../../shared/domain/run/mirror-objects.ts';
import { PassingError, StoredError } from '../../shared/domain/words/errors.ts';
import { orSetAside } from '../../shared/flow/set-aside.ts';
import { readLines } from '../../shared/lines.ts';
import type { LogStore, StateStore } from '../../shared/ports/objects.ts';
import type { ScrubEngine, ScrubQuestion, ScrubSession } from '../../shared/ports/scrub-engine.ts';
import { readObject, writeObject } from '../../shared/stored.ts';

export interface ScrubPorts {
  readonly state: StateStore;
  readonly logs: Pick<LogStore, 'list' | 'delete'>;
  readonly scrubber: ScrubEngine;
}

export interface ScrubTask extends Omit<ScrubQuestion, 'written'> {
  readonly sync: string;
  /** Names of what the present mirror is read from. */
  readonly needed: readonly string[];
  /** Days the sync's logs are kept now. */
  readonly retainDays: number;
  /** Where an earlier turn stopped. */
  readonly progress: ScrubProgress;
  readonly store: (progress: ScrubProgress) => Promise<void>;
  /** False where time is short. */
  readonly mayGoOn: () => boolean;
}

/** Objects looked through before their names are stored. */
const batchSize = 16;

export type Scrubbed = Pick<ScrubProgress, 'found' | 'unreadable'>;

/**
 * Where they were found; undefined where time was short, and there is more to look through.
 * @throws StoredError `mirror-damaged`, of the present mirror; `format-newer`
 */
export async function scrub(ports: ScrubPorts, task: ScrubTask): Promise<Scrubbed | undefined> {
  const written = await writtenIn(ports, task.sync);
  const session = await ports.scrubber.open({ ...task, written });
  try {
    return await new Scrub(ports, task, session).run();
  } finally {
    await session.close();
  }
}

/** What the pointers beside the mirrors say of their objects. */
async function writtenIn({ state }: ScrubPorts, sync: string): Promise<Map<string, MirrorObject>> {
  const written = new Map<string, MirrorObject>();
  const names = await state.list(mirrorPrefix(sync));
  for (const name of names.filter((each) => each.endsWith(pointerObject('/')))) {
    const body = await state.get(name);
    const pointer = body && (await orSetAside(() => readObject(StoredPointer, body, name)));
    for (const object of pointer ? layersOf(pointer.mirror) : [])
      written.set(object.location, object);
  }
  return written;
}

interface Stage {
  readonly store: 'state' | 'logs';
  readonly prefix: string;
}

/** The sync's own retention last. */
function stagesOf({ sync, retainDays }: ScrubTask): Stage[] {
  const others = logRetentionDays.filter((days) => days !== retainDays);
  return [
    ...[runsPrefix(sync), mirrorPrefix(sync), historyPrefix(sync)].map(
      (prefix): Stage => ({ store: 'state', prefix }),
    ),
    ...[...others, retainDays].map(
      (days): Stage => ({ store: 'logs', prefix: logPrefix(days, sync) }),
    ),
  ];
}

/** With what passes of earlier runs found. */
export const scrubFrom = (receipt?: ErasureReceipt): ScrubProgress => ({
  stage: 0,
  after: '',
  found: receipt?.found ?? foundNowhere(),
  open: [],
  inLogs: false,
  unreadable: receipt?.unreadable ?? [],
});

class Scrub {
  readonly #ports: ScrubPorts;
  readonly #task: ScrubTask;
  readonly #session: ScrubSession;
  readonly #stages: readonly Stage[];
  #progress: ScrubProgress;

  constructor(ports: ScrubPorts, task: ScrubTask, session: ScrubSession) {
    this.#ports = ports;
    this.#task = task;
    this.#session = session;
    this.#stages = stagesOf(task);
    this.#progress = task.progress;
  }

  async run(): Promise<Scrubbed | undefined> {
    await this.#takeOut(this.#progress.open);
    const firstOfLogs = this.#stages.findIndex(({ store }) => store === 'logs');
    for (;;) {
      const stage = this.#stages[this.#progress.stage];
      if (stage) {
        if (!(await this.#look(stage))) return undefined;
      } else if (this.#progress.inLogs) {
        await this.#note({ stage: firstOfLogs, after: '', inLogs: false });
      } else return this.#progress;
    }
  }

  async #look({ store, prefix }: Stage): Promise<boolean> {
    const names = await this.#ports[store].list(prefix);
    const left = names.filter((name) => name > this.#progress.after);
    for (let at = 0; at < left.length; at += batchSize) {
      if (!this.#task.mayGoOn()) {
        await this.#note({});
        return false;
      }
      await this.#batch(store, left.slice(at, at + batchSize));
    }
    this.#progress = { ...this.#progress, stage: this.#progress.stage + 1, after: '', open: [] };
    return true;
  }

  async #batch(store: Stage['store'], names: readonly string[]): Promise<void> {
    const after = names.at(-1) ?? '';
    const { holding, lost } = await this.#lookInto(store, names);
    const open = [...holding, ...lost];
    if (open.length === 0) {
      this.#progress = { ...this.#progress, after, open };
      return;
    }
    const found = { ...this.#progress.found };
    for (const name of holding) found[kindOf(name) ?? 'logs'] += 1;
    const unreadable = [...new Set([...this.#progress.unreadable, ...lost])];
    const inLogs = this.#progress.inLogs || store === 'logs';
    await this.#note({ after, open, found, inLogs, unreadable });
    await this.#takeOut(open);
    await this.#note({ open: [] });
  }

  async #note(changes: Partial<ScrubProgress>): Promise<void> {
    this.#progress = { ...this.#progress, ...changes };
    await this.#task.store(this.#progress);
  }

  /** `lost`: those that can't be read. */
  async #lookInto(store: Stage['store'], names: readonly string[]) {
    const tables = await this.#session.find(store, names.filter(isTable));
    const others = names.filter((name) => !isTable(name));
    const holding = await Promise.all(
      others.map((name) => orSetAside(() => this.#isHolding(name))),
    );
    const lost = [...tables.unreadable, ...others.filter((_, at) => holding[at] === undefined)];
    for (const name of lost) this.#mayGo(name);
    return {
      holding: [...tables.rows.keys(), ...others.filter((_, at) => holding[at])],
      lost,
    };
  }

  #mayGo(name: string): void {
    if (!this.#task.needed.includes(name)) return;
    throw new StoredError(
      'mirror-damaged',
      `The object ${name} of the present mirror can't be read, so it stays for the mends that the next run names.`,
    );
  }

  async #isHolding(name: string): Promise<boolean> {
    const { state } = this.#ports;
    switch (kindOf(name)) {
      case 'reports':
        return true;
      case 'chunks': {
        const body = await state.get(name);
        return body !== undefined && readLines(ChunkLine, body, name).some(this.#isSought);
      }
      case 'examples':
        return (await readExamples(state, name)).some(this.#isSought);
      default:
        return false;
    }
  }

  readonly #isSought = ({ key }: { readonly key: string }) => this.#session.forms.has(key);

  async #takeOut(names: readonly string[]): Promise<void> {
    for (const name of names) {
      const kind = kindOf(name);
      if (isTable(name)) await this.#takeOutOfTable(kind === 'logs' ? 'logs' : 'state', name);
      else if (kind === 'examples') await this.#takeOutExamples(name);
      else await this.#ports.state.delete([name]);
    }
  }

  /** What can be read as far as it was looked into may be damaged further on. */
  async #takeOutOfTable(store: Stage['store'], name: string): Promise<void> {
    if ((await this.#session.remove(store, name)) === 'done') return;
    this.#mayGo(name);
    const { unreadable } = this.#progress;
    if (!unreadable.includes(name)) await this.#note({ unreadable: [...unreadable, name] });
    await this.#ports[store].delete([name]);
  }

  /** Those that can't be read go all. */
  async #takeOutExamples(name: string): Promise<void> {
    const { state } = this.#ports;
    const tag = await state.tag(name);
    if (tag === undefined) return;
    const known = (await orSetAside(() => readExamples(state, name))) ?? [];
    const examples = known.filter((each) => !this.#isSought(each));
    const body = writeObject(Examples, { examples }, name);
    if (await state.replace(name, tag, body)) return;
    throw new PassingError(
      'table-changes',
      `The object ${name} was written while people were taken out of it. The next try goes on.`,
    );
  }
}

const isTable = (name: string) => name.endsWith('.parquet');

/** Undefined: it names nobody. */
function kindOf(name: string): ErasedKind | undefined {
  if (name.startsWith('mirrors/')) return 'mirrors';
  if (name.startsWith('history/')) return 'examples';
  if (name.startsWith('sync-logs/')) return 'logs';
  if (name.endsWith('/plan.parquet')) return 'plans';
  if (name.endsWith('/report.json')) return 'reports';
  return name.includes('/chunks/') ? 'chunks' : undefined;
}

async function readExamples(state: StateStore, name: string): Promise<Example[]> {
  const body = await state.get(name);
  return body ? readObject(Examples, body, name).examples : [];
}
