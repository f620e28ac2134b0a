/** Writes the chunks of a plan. */
import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import { type ChunkAddress, chunkObject } from '../../shared/contracts/layout.ts';
import { QuickChunkLine } from '../../shared/contracts/plan.ts';
import type { SendPhase } from '../../shared/contracts/run.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import { inFlight, mostInFlight } from '../../shared/in-flight.ts';
import { gzipBeside, lineTexts } from '../../shared/lines.ts';
import type { StateStore } from '../../shared/ports/objects.ts';

export interface WritePorts {
  readonly state: StateStore;
  /** Gzip; whoever plays with time has no other threads. @default on another thread */
  readonly gzip?: (text: Uint8Array) => Promise<Uint8Array>;
}

export type WrittenChunk = Pick<PendingChunk, 'phase' | 'chunk' | 'changes'> & {
  readonly requests: number;
};

/** All lines of a chunk are of one kind of request. */
function requestsFor([first, ...rest]: Chunk['lines'], delivery: Delivery): number {
  const size = first && delivery.action(first.action)?.batchSize;
  return Math.ceil((rest.length + 1) / (size ?? 1));
}

export const requestsOf = (chunks: readonly WrittenChunk[]) => {
  const of = (phase: SendPhase) =>
    chunks.reduce((sum, each) => (each.phase === phase ? sum + each.requests : sum), 0);
  return { deleting: of('deleting'), upserting: of('upserting') };
};

export type AttemptName = Pick<ChunkAddress, 'sync' | 'run' | 'attempt'>;

/** Takes the chunks as they fill, and writes several at once; gives them without their lines. */
export async function writeChunks(
  ports: WritePorts,
  name: AttemptName,
  chunks: AsyncIterable<Chunk>,
  delivery: Delivery,
): Promise<WrittenChunk[]> {
  const written: WrittenChunk[] = [];
  const write = async (chunk: Chunk) => {
    const { phase, number, lines } = chunk;
    const requests = requestsFor(lines, delivery);
    written.push({ phase, chunk: number, changes: lines.length, requests });
    await writeChunk(ports, name, chunk);
  };
  await inFlight(chunks, write, mostInFlight, { of: charactersIn, most: mostCharacters });
  return written;
}

/** Of chunks on their way to the store: what of them has been made is held until it is there. */
const mostCharacters = 64 * 1_048_576;

const charactersIn = ({ lines }: Chunk) =>
  lines.reduce((sum, { key, record }) => sum + key.length + record.length, 0);

async function writeChunk(
  { state, gzip = gzipBeside }: WritePorts,
  name: AttemptName,
  chunk: Chunk,
): Promise<void> {
  const location = chunkObject({ ...name, phase: chunk.phase, chunk: chunk.number });
  await state.put(location, await gzip(lineTexts(QuickChunkLine, chunk.lines, location)));
}

export const pendingChunks = (chunks: readonly WrittenChunk[]): PendingChunk[] =>
  chunks.map((chunk) => ({ ...chunk, tries: 0, clean: true }));
