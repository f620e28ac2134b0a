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
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    // The first lets a command end in order; the second ends it at once.
    if (interrupt.signal.aborted) process.exit(130);
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
    interrupted: interrupt.signal,
  }),
);
