/** What carries the next step of a run. */
import type { ChunkMessage, DeadLetterQueue, RunMessage } from '../contracts/messages.ts';

/** A chunk message with its lane; messages of one lane are taken one after the other. */
export interface ChunkSend {
  readonly message: ChunkMessage;
  readonly lane: string;
  /** The same within five minutes is sent once; undefined: always sent. */
  readonly once: string | undefined;
}

export interface Queue {
  sendPlan(message: RunMessage): Promise<void>;
  /** At most 900 seconds later. */
  sendClose(message: RunMessage, delaySeconds?: number): Promise<void>;
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
  done(letter: DeadLetter): Promise<void>;
}
