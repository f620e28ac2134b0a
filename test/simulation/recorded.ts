/** What is on record of each chunk, and who could know it: so that a repeat after a recorded 2xx is told. */
import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import { ProgressLine } from '../../shared/contracts/plan.ts';
import { readLines } from '../../shared/lines.ts';
import { type MemoryRunStore, pendingName } from './memory/stores.ts';
import type { World } from './world.ts';

interface Note {
  readonly body: Uint8Array;
  /**
   * Who had the chunk in hand, where someone else wrote this: a sender that was given up, and woke up late. Whoever
   * took the chunk over had read by then what there was; the next one knows this, too.
   */
  readonly unknownTo: string | undefined;
}

const object =
  /^runs\/([^/]+)\/([^/]+)\/([^/]+)\/(?:progress|outcomes)\/(deleting|upserting)\/(\d+)[/.]/;
const request = /^(run\d+)-(p\d+)-([du])(\d+)-(\d+)-(\d+)$/;
const line = ProgressLine.partial({ open: true, failures: true });

export class Recorded {
  readonly #world: World;
  readonly #runs: MemoryRunStore;
  /** By the name of the pending chunk. */
  readonly #notes = new Map<string, Note[]>();

  readonly #jobs = new Set<string>();

  constructor(world: World, runs: MemoryRunStore) {
    this.#world = world;
    this.#runs = runs;
  }

  note(key: string, body: Uint8Array): void {
    const [, sync = '', id = '', attempt = '', phase, chunk] = object.exec(key) ?? [];
    if (phase !== 'deleting' && phase !== 'upserting') return;
    const name = nameOf({ sync, run: id, attempt, phase, chunk: Number(chunk) });
    const holder = this.#holderOf(name);
    for (const { job } of readLines(line, body, key)) if (job) this.#jobs.add(job.id);
    const { actor } = this.#world;
    const unknownTo = holder === actor?.id ? undefined : holder;
    this.#notes.set(name, [...(this.#notes.get(name) ?? []), { body, unknownTo }]);
  }

  /** A request whose records all have a recorded 2xx must not go out again within the run. */
  isRepeat(key: string): boolean {
    const [, run = '', attempt = '', letter, chunk, from, to] = request.exec(key) ?? [];
    const phase = letter === 'd' ? 'deleting' : 'upserting';
    const name = nameOf({ sync: '', run, attempt, phase, chunk: Number(chunk) });
    const holder = this.#holderOf(name);
    return (this.#notes.get(name) ?? [])
      .filter(({ unknownTo }) => unknownTo === undefined || unknownTo !== holder)
      .flatMap(({ body }) => readLines(line, body, name))
      .some(
        (each) =>
          (each.outcome === 'delivered' || each.job !== undefined) &&
          each.from <= Number(from) &&
          each.to >= Number(to),
      );
  }

  /** The job stands in some stored progress. */
  isNoted(job: string): boolean {
    return this.#jobs.has(job);
  }

  #holderOf(name: string): string | undefined {
    return this.#runs.pending.get(name)?.claim?.by;
  }
}

const nameOf = ({ run, sync, attempt, phase, chunk }: ChunkAddress): string =>
  pendingName({ sync, id: run, epoch: 0 }, attempt, { phase, chunk });
