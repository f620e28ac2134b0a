/** Runs one command from its arguments to its exit code. */
import { Command, CommanderError } from 'commander';
import { exit, exitOfError, Interrupted } from './exit.ts';
import { tellError } from './problems.ts';
import { CommonOptions, sessionOf } from './session.ts';
import { describe } from './surface.ts';
import { terminalOf } from './terminal.ts';
import type { World } from './world.ts';

/** Gives the exit code; everything it has to say is said. */
export async function runProgram(argv: readonly string[], world: World): Promise<number> {
  let code: number = exit.done;
  const said: Promise<void>[] = [];
  const program = describe(
    (load) =>
      async (...all) => {
        const command = all.at(-1);
        if (!(command instanceof Command)) return;
        const given = { ...command.optsWithGlobals(), args: command.processedArgs };
        const session = sessionOf(world, CommonOptions.parse(given));
        code = await (await load()).run(session, given);
      },
    {
      writeOut: (text) => void said.push(world.stdout.write(text)),
      writeErr: (text) => void said.push(world.stderr.write(text)),
    },
  );
  try {
    await program.parseAsync([...argv], { from: 'user' });
  } catch (error) {
    code = await failed(error, world);
  }
  await Promise.all(said);
  return code;
}

async function failed(error: unknown, world: World): Promise<number> {
  // Commander has said already what is wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exit.done : exit.mend;
  if (error instanceof Interrupted) return exit.interrupted;
  const terminal = terminalOf(world);
  await terminal.note(tellError(terminal, error));
  if (world.env['AUDIENCE_MIRROR_DEBUG'] && error instanceof Error) {
    await terminal.note(error.stack ?? '');
  }
  return exitOfError(error);
}
