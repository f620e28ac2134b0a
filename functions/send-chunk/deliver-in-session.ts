/** Sends a chunk within the session around its phase, and opens that where nobody did. */
import type { PendingChunk } from '../../shared/contracts/chunk.ts';
import type { PlannedRun } from '../../shared/domain/run/planned.ts';
import type { ChunkDelivery, Delivered } from './chunk-delivery.ts';
import { Lane } from './lane.ts';
import {
  beginSession,
  endSession,
  lookAtSession,
  readBegun,
  type SessionPorts,
  sessionBroken,
  sessionOf,
} from './sessions.ts';

/** `send` sends it. `chunkIn`: the chunk with requests of the session of this id; without one, to open it. */
export async function deliverInSession(
  ports: SessionPorts,
  run: PlannedRun,
  pending: PendingChunk,
  chunkIn: (session?: string) => ChunkDelivery,
  send: (chunk: ChunkDelivery) => Promise<Delivered>,
): Promise<Delivered> {
  const outside = chunkIn();
  const { address, delivery, account } = outside;
  const compiled = delivery.session(address.phase);
  if (!compiled) return send(outside);
  const found = await readBegun(ports, address);
  const lane = () => new Lane({ ...outside, ...delivery, clock: outside.ports.clock });
  const begun = found
    ? ({ kind: 'begun', id: found.id } as const)
    : await beginSession(ports, outside, lane(), compiled);
  if (begun.kind === 'ended') return begun.ended;
  const isWhole = account.gaps().length === 0;
  // Before it was open nobody sent anything in it; and where all has its answer, a commit may be repeated.
  const isBroken = found !== undefined && !isWhole && pending.tries > 0 && !pending.clean;
  if (isBroken && !compiled.isContinued) {
    const at = outside.ports.clock.now();
    await endSession(ports, address, { kind: 'lost', ...sessionBroken, at });
  }
  const session = sessionOf(ports, run, address, compiled, begun.id);
  // Nothing more goes into a session that is over.
  const isOver = (await session.ended()) !== undefined;
  const chunk = { ...chunkIn(begun.id), session };
  if (!isOver || isWhole) return send(chunk);
  return (await lookAtSession(chunk, lane())) ?? { kind: 'ended' };
}
