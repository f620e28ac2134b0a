/** Chunks: the changes of one queue message, all of one kind of request, so that every request can be full. */

import type { ActionName } from '../../contracts/destination.ts';
import type { ChunkLine } from '../../contracts/plan.ts';
import type { SendPhase } from '../../contracts/run.ts';
import { windowPerLane } from '../run/run.ts';
import { type ChunkPlace, phaseOf } from './plan.ts';

/** Changes that the first chunks hold, about, in whole requests: few enough that all lanes get a share of a small plan. */
const firstChanges = 1_000;
/** What later ones grow to, since each chunk costs the same few calls whatever it holds. */
const mostChanges = 20_000;
const mostRequests = 500;
/** What the requests of a chunk may take at the destination's pace: as long another sync of it waits for its turn. */
const longestMs = 60_000;
/** Characters of keys and records after which a chunk is full whatever its count, so that a sender can hold it. */
const maxBytes = 32 * 1024 * 1024;

/** How a destination is sent to. */
export interface Pace {
  readonly lanes: number;
  /** Between two requests of a lane. */
  readonly intervalMs: number;
}

/**
 * Changes that a chunk of this number holds, in whole requests of `batchSize` records. The chunks that all lanes begin
 * with are small, those that follow them twice as large, and so on.
 */
export function chunkSize(batchSize: number, number: number, { lanes, intervalMs }: Pace): number {
  const round = Math.floor(number / (lanes * windowPerLane));
  const target = Math.min(firstChanges * 2 ** round, mostChanges);
  const inTime = intervalMs > 0 ? Math.floor(longestMs / intervalMs) : mostRequests;
  const requests = Math.min(Math.floor(target / batchSize), inTime, mostRequests);
  return batchSize * Math.max(requests, 1);
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
  readonly #size: (kind: ActionName, number: number) => number;
  readonly #first: number;
  readonly #open = new Map<ActionName, OpenChunk>();
  readonly #counts: Record<SendPhase, number>;

  /**
   * `kind`: the action whose configuration an action uses. `size`: changes of one kind that a chunk holds, by its number
   * in its phase. `first`: those that the first of a phase holds at most. `begun`: chunks that others have begun before.
   */
  constructor(
    kind: (action: ActionName) => ActionName,
    size: (kind: ActionName, number: number) => number,
    first = Number.POSITIVE_INFINITY,
    begun: Readonly<Record<SendPhase, number>> = { deleting: 0, upserting: 0 },
  ) {
    this.#kind = kind;
    this.#size = size;
    this.#first = first;
    this.#counts = { ...begun };
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
      this.#size(kind, open.number),
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
