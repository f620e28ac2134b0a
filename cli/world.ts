/** What the program sees of the process around it: tests run commands in a world of their own. */
import type { Readable } from 'node:stream';

export interface Output {
  readonly isTerminal: boolean;
  /** Resolves when the text is handed on, so that a slow reader slows the writer down. */
  write(text: string): Promise<void>;
}

export interface World {
  readonly stdout: Output;
  readonly stderr: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Ctrl-C ends the program at once, unless a command has asked for this: then it ends in order by itself. */
  interruption(): AbortSignal;
}
