/** Chunks: the changes of one queue message, all of one kind of request, so that every request can be full. */

import type { ActionName } from '../../contracts/destination.ts';
import type { ChunkLine } from '../../contracts/plan.ts';
import type { SendPhase } from '../../contracts/run.ts';
import { type ChunkPlace, phaseOf } from './plan.ts';

/** Changes a chunk holds, about, in whole requests: few enough that all lanes get a share of a small plan. */
const targetChanges = 1_000;
const targetRequests = 500;
/** Characters of keys and records after which a chunk is full whatever its count, so that a sender can hold it. */
const maxBytes = 32 * 1024 * 1024;

/** Whole requests of `batchSize` records. */
export function chunkSize(batchSize: number): number {
  const requests = Math.floor(targetChanges / batchSize);
  return batchSize * Math.min(Math.max(requests, 1), targetRequests);
}

export interface Chunk {
  readonly phase: SendPhase;
  readonly number: number;
  readonly lines: readonly ChunkLine[];
}

interface OpenChunk {
  readonly number: number;
  readonly lines: ChunkLine[];
  bytes: number;
}

/** Gathers changes into chunks in the order they come, one open chunk for each kind of request. */
export class Chunker {
  readonly #kind: (action: ActionName) => ActionName;
  readonly #size: (kind: ActionName) => number;
  readonly #first: number;
  readonly #open = new Map<ActionName, OpenChunk>();
  readonly #counts: Record<SendPhase, number> = { deleting: 0, upserting: 0 };

  /**
   * `kind`: the action whose configuration an action uses. `size`: changes of one kind a chunk holds. `first`: those
   * that the first of a phase holds at most.
   */
  constructor(
    kind: (action: ActionName) => ActionName,
    size: (kind: ActionName) => number,
    first = Number.POSITIVE_INFINITY,
  ) {
    this.#kind = kind;
    this.#size = size;
    this.#first = first;
  }

  /** Chunks begun so far. */
  get counts(): Readonly<Record<SendPhase, number>> {
    return this.#counts;
  }

  /** Where the change went, and the chunk it filled. */
  add(line: ChunkLine): { readonly place: ChunkPlace; readonly full: Chunk | undefined } {
    const kind = this.#kind(line.action);
    const phase = phaseOf(line.action);
    const open = this.#open.get(kind) ?? this.#begin(kind, phase);
    const position = open.lines.push(line) - 1;
    open.bytes += line.key.length + line.record.length;
    const size = Math.min(
      this.#size(kind),
      open.number === 0 ? this.#first : Number.POSITIVE_INFINITY,
    );
    const isFull = open.lines.length >= size || open.bytes >= maxBytes;
    if (isFull) this.#open.delete(kind);
    return {
      place: { phase, chunk: open.number, position },
      full: isFull ? { phase, number: open.number, lines: open.lines } : undefined,
    };
  }

  /** The chunks still open. */
  rest(): Chunk[] {
    const chunks = [...this.#open].map(([kind, open]) => ({
      phase: phaseOf(kind),
      number: open.number,
      lines: open.lines,
    }));
    this.#open.clear();
    return chunks;
  }

  #begin(kind: ActionName, phase: SendPhase): OpenChunk {
    const open: OpenChunk = { number: this.#counts[phase]++, lines: [], bytes: 0 };
    this.#open.set(kind, open);
    return open;
  }
}
