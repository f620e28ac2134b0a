/**
 * Takes members out of everything that is kept of a sync. Objects are immutable but for this: tables are written anew
 * under their names without naming them, and only over what was read, so that nobody who wakes up late brings anybody
 * back. Chunks and reports that runs left behind are deleted.
 *
 * It may stop and die anywhere. Where members were found is stored before anything is taken away, so that no repeat
 * can find less. Logs are looked through until nothing is found, those at the sync's present retention last: they are
 * moved there while we look.
 */

import {
  type ErasedKind,
  type Found,
  foundNowhere,
  type ScrubProgress,
} from '../../shared/contracts/erasure.ts';
import {
  historyPrefix,
  logPrefix,
  mirrorPrefix,
  runsPrefix,
} from '../../shared/contracts/layout.ts';
import { ChunkLine } from '../../shared/contracts/plan.ts';
import { logRetentionDays } from '../../shared/contracts/sync.ts';
import { type Example, Examples } from '../../shared/contracts/sync-log.ts';
import { PassingError } from '../../shared/domain/words/errors.ts';
import { readLines } from '../../shared/lines.ts';
import type { LogStore, StateStore } from '../../shared/ports/objects.ts';
import type { ScrubEngine, ScrubQuestion, ScrubSession } from '../../shared/ports/scrub-engine.ts';
import { readObject, writeObject } from '../../shared/stored.ts';

export interface ScrubPorts {
  readonly state: StateStore;
  readonly logs: Pick<LogStore, 'list'>;
  readonly scrubber: ScrubEngine;
}

export interface ScrubTask extends ScrubQuestion {
  readonly sync: string;
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

/** Where they were found; undefined where time was short, and there is more to look through. */
export async function scrub(ports: ScrubPorts, task: ScrubTask): Promise<Found | undefined> {
  const session = await ports.scrubber.open(task);
  try {
    return await new Scrub(ports, task, session).run();
  } finally {
    await session.close();
  }
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

/** `found`: what passes of earlier runs took them out of. */
export const scrubFrom = (found: Found = foundNowhere()): ScrubProgress => ({
  stage: 0,
  after: '',
  found,
  open: [],
  inLogs: false,
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

  async run(): Promise<Found | undefined> {
    await this.#takeOut(this.#progress.open);
    const firstOfLogs = this.#stages.findIndex(({ store }) => store === 'logs');
    for (;;) {
      const stage = this.#stages[this.#progress.stage];
      if (stage) {
        if (!(await this.#look(stage))) return undefined;
      } else if (this.#progress.inLogs) {
        await this.#note({ stage: firstOfLogs, after: '', inLogs: false });
      } else return this.#progress.found;
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
    const open = await this.#holding(store, names);
    if (open.length === 0) {
      this.#progress = { ...this.#progress, after, open };
      return;
    }
    const found = { ...this.#progress.found };
    for (const name of open) found[kindOf(name) ?? 'logs'] += 1;
    await this.#note({ after, open, found, inLogs: this.#progress.inLogs || store === 'logs' });
    await this.#takeOut(open);
    await this.#note({ open: [] });
  }

  async #note(changes: Partial<ScrubProgress>): Promise<void> {
    this.#progress = { ...this.#progress, ...changes };
    await this.#task.store(this.#progress);
  }

  async #holding(store: Stage['store'], names: readonly string[]): Promise<string[]> {
    const tables = await this.#session.find(store, names.filter(isTable));
    const others = names.filter((name) => !isTable(name));
    const holding = await Promise.all(others.map((name) => this.#isHolding(name)));
    return [...tables.keys(), ...others.filter((_, at) => holding[at])];
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
      if (isTable(name)) await this.#session.remove(kind === 'logs' ? 'logs' : 'state', name);
      else if (kind === 'examples') await this.#takeOutExamples(name);
      else await this.#ports.state.delete([name]);
    }
  }

  async #takeOutExamples(name: string): Promise<void> {
    const { state } = this.#ports;
    const tag = await state.tag(name);
    if (tag === undefined) return;
    const examples = (await readExamples(state, name)).filter((each) => !this.#isSought(each));
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
