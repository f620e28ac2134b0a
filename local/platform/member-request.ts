/** One request to change members: the fault it meets, what is applied, and how the answer goes out. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Tally } from './audience.ts';
import { type Action, type Audiences, type Change, identify, Refused } from './audience.ts';
import { parseMembers, readBody } from './body.ts';
import { type Answer, deliver } from './delivery.ts';
import type { Effect, FaultPlayer } from './fault-player.ts';
import type { RequestEntry, RequestLog } from './request-log.ts';

/** All that a running platform holds. */
export interface PlatformState {
  readonly audiences: Audiences;
  readonly faults: FaultPlayer;
  readonly log: RequestLog;
  /** Makes a change last, then applies it. */
  commit(change: Change): Tally;
}

export interface MemberRequest {
  readonly audience: string;
  readonly action: Action;
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** Takes the request through to its answer, or to the lack of one. Faults are drawn in order of arrival. */
export async function takeMemberRequest(
  state: PlatformState,
  request: MemberRequest,
): Promise<void> {
  const { incoming, outgoing } = request;
  const effect = state.faults.draw();
  const key = incoming.headers['idempotency-key'];
  const entry = state.log.open(
    incoming.method ?? '',
    incoming.url ?? '',
    typeof key === 'string' ? key : null,
    effect.name,
  );
  const answer = await settle(state, request, effect, entry);
  await deliver(outgoing, effect, answer, () => state.log.answered(entry, answer.status));
}

/** The answer, after applying what is to be applied. A refusal of the platform's own goes before a played answer. */
async function settle(
  state: PlatformState,
  request: MemberRequest,
  effect: Effect,
  entry: RequestEntry,
): Promise<Answer> {
  try {
    const members = parseMembers(await readBody(request.incoming));
    state.log.received(entry, members.length);
    if (!effect.applies) return playedAnswer(effect);
    const { audience, action } = request;
    const identities = identify(members, state.audiences.identityOf(audience));
    const refusal = state.faults.refusal(identities, request.incoming.headers.authorization);
    if (refusal !== undefined) {
      entry.fault = effect.name === 'none' ? refusal.name : `${effect.name}, ${refusal.name}`;
      throw new Refused(refusal.status, refusal.error);
    }
    const tally = state.commit({ at: Date.now(), audience, do: action, members });
    state.log.applied(entry, tally);
    return { ...playedAnswer(effect), body: effect.answer?.body ?? tally };
  } catch (error) {
    if (!(error instanceof Refused)) return { status: 500, body: { error: 'not stored' } };
    if (!effect.applies) return playedAnswer(effect);
    return { status: error.status, body: { error: error.message } };
  }
}

function playedAnswer({ answer, name }: Effect): Answer {
  return {
    status: answer?.status ?? 200,
    retryAfter: answer?.retryAfter,
    body: answer?.body ?? { error: `a fault was played: ${name}` },
  };
}
