/** Reads plans that are kept. */
import type { ChangeAction, ChunkLine } from '../contracts/plan.ts';
import type { SendPhase } from '../contracts/run.ts';

/** Which changes of a plan; all of it must hold. */
export interface PlanQuestion {
  readonly action?: ChangeAction;
  /** Positions `from` (inclusive) to `to` (exclusive) of a chunk. */
  readonly part?: {
    readonly phase: SendPhase;
    readonly chunk: number;
    readonly from: number;
    readonly to: number;
  };
  readonly limit: number;
}

export interface PlanReader {
  /**
   * Changes that go out, in the order of their keys; `location`: in the state bucket. Undefined where there is no such
   * object.
   */
  find(location: string, question: PlanQuestion): Promise<ChunkLine[] | undefined>;
}
