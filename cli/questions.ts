/** Asks a person at the terminal. Questions go to stderr, so that stdout stays what a pipe is to get. */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import { Interrupted } from './exit.ts';
import type { Session } from './session.ts';
import { visible } from './terminal.ts';
import type { World } from './world.ts';

export interface Questions {
  /** Again until the answer will do; `whyNot` says what is wrong with one. */
  ask(
    question: string,
    usual: string,
    whyNot?: (answer: string) => string | undefined,
  ): Promise<string>;
  close(): void;
}

/** There is somebody to ask. */
export const isInteractive = ({ stdin, stderr }: World): boolean =>
  Boolean(stdin.isTTY) && stderr.isTerminal;

/** Whether a person says yes to what is told; to be asked only where somebody is there. */
export async function isAgreed(session: Session, told: string, question: string): Promise<boolean> {
  await session.terminal.note(told);
  const questions = questionsOf(session);
  try {
    return /^y(es)?$/i.test(await questions.ask(`${question} (yes or no)`, 'no'));
  } finally {
    questions.close();
  }
}

export function questionsOf({ world, terminal }: Session): Questions {
  const output = new Writable({
    write(text, _, done) {
      // Not held up until it is out: what is noted next would come before the end of this line.
      void world.stderr.write(String(text));
      done();
    },
  });
  const lines = createInterface({ input: world.stdin, output, terminal: isInteractive(world) });
  const ended = new AbortController();
  for (const event of ['SIGINT', 'close'] as const) lines.on(event, () => ended.abort());
  return {
    async ask(question, usual, whyNot) {
      for (;;) {
        const hint = usual === '' ? '' : ` [${usual}]`;
        const answer = await lines
          .question(visible(`${question}${hint} `), { signal: ended.signal })
          .catch(() => {
            throw new Interrupted();
          });
        const given = answer.trim() || usual;
        const wrong = whyNot?.(given);
        if (wrong === undefined) return given;
        await terminal.note(`  ${wrong}`);
      }
    },
    close: () => lines.close(),
  };
}
