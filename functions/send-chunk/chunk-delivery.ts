/** What a chunk's sender has in hand, and how its turn ends. */
import type { ActionName } from '../../shared/contracts/destination.ts';
import type { ChunkAddress } from '../../shared/contracts/layout.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import type { SessionEnded } from '../../shared/contracts/session.ts';
import type { ChunkAccount } from '../../shared/domain/request/account.ts';
import type { Delivery } from '../../shared/domain/request/delivery.ts';
import type { Range } from '../../shared/domain/request/request.ts';
import type { CompiledSession } from '../../shared/domain/request/sessions.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { Turn } from '../../shared/flow/turn.ts';
import type { Clock, HttpSender } from '../../shared/ports/world.ts';
import type { Acceptance } from './acceptance.ts';
import type { TurnEnd } from './asked.ts';
import type { Circuit } from './circuit.ts';
import type { LaneSettings } from './lane.ts';
import type { SenderIds } from './sender-ids.ts';

export interface ChunkDelivery extends Pick<LaneSettings, 'mayGoOn' | 'store'> {
  readonly ports: {
    readonly sender: HttpSender;
    readonly clock: Clock;
    /** From 0 up to 1. */
    readonly random: () => number;
  };
  readonly delivery: Delivery;
  readonly circuit: Circuit;
  readonly acceptance: Acceptance;
  /** Around the phase, where the platform takes requests in one. */
  readonly session?: PhaseSession | undefined;
  readonly address: ChunkAddress;
  readonly lines: readonly ChunkLine[];
  readonly account: ChunkAccount;
  readonly turn: Turn;
  /** Positions that requests are made of, each of one kind. @default all */
  readonly sent?: readonly Range[];
  /** Where requests name the platform's ids, or answers give them. */
  readonly ids?: SenderIds;
  /** What the platform was found to take of an action in this run, where that is less than the batch size. */
  readonly batchLimit: (uses: ActionName) => number | undefined;
  /** Tells of what the platform says and nobody reads. */
  readonly warn: (fault: Fault) => Promise<void>;
  /** Lets the run's other chunks know such a limit. */
  readonly limitBatch: (uses: ActionName, records: number) => Promise<void>;
}

export type Delivered =
  /** Every position has its outcome. */
  | { readonly kind: 'settled' }
  /** All is sent; what of it is not yet known is asked about after this long. */
  | { readonly kind: 'accepted'; readonly milliseconds: number }
  | TurnEnd;

export interface PhaseSession {
  readonly compiled: CompiledSession;
  readonly id: string;
  /** When it is given up: the run's deadline. */
  readonly until: number;
  /** Undefined while it is open. */
  readonly ended: () => Promise<SessionEnded | undefined>;
  readonly end: (how: SessionEnded) => Promise<SessionEnded>;
  /** Nothing of the phase is left to send, and this chunk is the first that is left. */
  readonly mayCommit: () => Promise<boolean>;
}
