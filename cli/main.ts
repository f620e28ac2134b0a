import { exit } from './exit.ts';
import { runProgram } from './program.ts';
import type { Output } from './world.ts';

/** A reader that has seen enough (`| head`) ends the program without a word. */
function outputOf(stream: NodeJS.WriteStream): Output {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
  return {
    isTerminal: stream.isTTY,
    write: (text) => new Promise((resolve) => stream.write(text, () => resolve())),
  };
}

const interrupt = new AbortController();
let endsInOrder = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The second ends even what ends in order.
    if (!endsInOrder || interrupt.signal.aborted) process.exit(exit.interrupted);
    interrupt.abort();
  });
}

process.exit(
  await runProgram(process.argv.slice(2), {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    stdin: process.stdin,
    env: process.env,
    cwd: process.cwd(),
    interruption() {
      endsInOrder = true;
      return interrupt.signal;
    },
  }),
);
