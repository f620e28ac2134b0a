/**
 * What carries the next step of a run. At least once: a message may come twice and late, and one may be lost where its
 * sender dies, so whoever takes one looks at the run first, and sweep sends anew what nobody took. Sending rejects where the
 * queue cannot be reached; it may have been sent all the same.
 */
import type { ChunkMessage, DeadLetterQueue, RunMessage } from '../contracts/messages.ts';

/** A chunk message with its lane; messages of one lane are taken one after the other. */
export interface ChunkSend {
  readonly message: ChunkMessage;
  readonly lane: string;
  /** The same within five minutes is sent once; undefined: always sent. */
  readonly once: string | undefined;
}

export interface Queue {
  /** In no order. */
  sendPlan(message: RunMessage): Promise<void>;
  /** In no order, at most 900 seconds later. */
  sendClose(message: RunMessage, delaySeconds?: number): Promise<void>;
  /**
   * Those of one lane are taken one at a time, in the order in which the queue took them: some that it refuses at first
   * come later than others.
   * @throws PassingError `queue-refused`: some are not sent, and all may be sent again
   */
  sendChunks(chunks: readonly ChunkSend[]): Promise<void>;
}

/** A message that failed on every try. */
export interface DeadLetter {
  readonly queue: DeadLetterQueue;
  /** Unlike any other's. */
  readonly id: string;
  /** By which the queue knows who took it. */
  readonly receipt: string;
  readonly sentAt: number;
  readonly body: string;
}

export interface DeadLetters {
  /** Some of those there are. What is not done within a few minutes is taken again. */
  take(): Promise<DeadLetter[]>;
  /** Takes it off the queue. Again, or too late: it does nothing. */
  done(letter: DeadLetter): Promise<void>;
}
