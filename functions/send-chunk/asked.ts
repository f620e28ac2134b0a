/** One request of a chunk on its way, and what may become of it. */

import type { ActionName } from '../../shared/contracts/destination.ts';
import type { Tried } from '../../shared/domain/request/account.ts';
import type { Composed } from '../../shared/domain/request/composer.ts';
import type { Range } from '../../shared/domain/request/request.ts';
import type { Fault } from '../../shared/domain/words/problem.ts';
import type { Answered } from '../../shared/flow/read-answer.ts';
import type { LaneEnd } from './lane.ts';

export interface Asked {
  readonly range: Range;
  /** The action it is made as. */
  readonly action: ActionName;
  readonly composed: Composed;
  /** Its idempotency key. */
  readonly key: string;
  /** Of one that is made instead of another. */
  readonly mark?: string;
}

/** Why the turn at a chunk ends before it is settled. */
export type TurnEnd =
  /** Nothing of this run can succeed. */
  { readonly kind: 'stopped'; readonly fault: Fault } | LaneEnd;

/** What a try led to: `settled`, or cut in halves that follow; or another try, after a wait or by another request. */
export type Met =
  | { readonly kind: 'settled' }
  | { readonly kind: 'again'; readonly milliseconds: number; readonly fault: Fault }
  | { readonly kind: 'instead'; readonly request: Asked }
  | { readonly kind: 'ended'; readonly end: TurnEnd };

/** What became of one try. */
export interface Sent extends Answered {
  readonly tried: Tried;
}
