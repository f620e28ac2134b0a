/** The whole surface of the command line: every command with its options. What a command does is in its own module. */
import { Command, CommanderError, Option } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { type ExitCode, exit, exitOfError, Interrupted } from './exit.ts';
import { tellError } from './problems.ts';
import { CommonOptions, type Session, sessionOf } from './session.ts';
import { terminalOf } from './terminal.ts';
import type { World } from './world.ts';

interface CommandModule {
  run(session: Session, given: unknown): Promise<ExitCode>;
}

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

type Action = (...all: unknown[]) => Promise<void>;
type Act = (load: () => Promise<CommandModule>) => Action;

interface Writers {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

const exitCodes = `
Exit codes:
  0  succeeded, or nothing had changed
  1  failed
  2  what was asked cannot be done as it stands: the message says what to mend
  3  partial: some changes were not delivered, or some rows are invalid
  4  held by a guard, until it is approved
  5  cancelled
  6  skipped: another run is open`;

const files = () =>
  new Option(
    '-f, --file <file...>',
    'YAML files, folders of them, or - for stdin',
  ).makeOptionMandatory();

function describe(act: Act, writers: Writers): Command {
  const program = new Command('audience-mirror')
    .description(manifest.description)
    .version(manifest.version)
    .configureOutput(writers)
    .showHelpAfterError('Add --help to see what it takes.')
    .exitOverride()
    .addOption(
      new Option('--folder <folder>', 'state folder of the embedded system')
        .env('AUDIENCE_MIRROR_FOLDER')
        .default('.audience-mirror'),
    )
    .addOption(
      new Option('--stack <name>', 'talk to the system of this CloudFormation stack').env(
        'AUDIENCE_MIRROR_STACK',
      ),
    )
    .addOption(
      new Option('--endpoint <url>', 'talk to the system whose API is at this URL').env(
        'AUDIENCE_MIRROR_ENDPOINT',
      ),
    )
    .option('--region <region>', 'AWS region of the stack or endpoint')
    .option('--json', 'print results as JSON');

  program
    .command('init')
    .description(
      'write a first destination and sync, with comments; asks what the options leave open',
    )
    .argument('[file]', 'the file to write', 'audience-mirror.yaml')
    .option('--name <name>', 'of the platform')
    .option('--base-url <url>', 'under which its API is')
    .option('--path <path>', 'that takes members, below the base URL')
    .addOption(
      new Option('--authentication <type>', 'how requests prove who sends them').choices([
        'none',
        'basic',
        'bearer',
        'apiKey',
        'oauth2',
      ]),
    )
    .option('--user-name <name>', 'for basic')
    .option('--header <name>', 'for apiKey')
    .option('--token-url <url>', 'for oauth2')
    .option('--client-id <id>', 'for oauth2')
    .option('--audience <id>', 'at the platform')
    .option(
      '--bucket <name>',
      'that the warehouse exports to; the embedded one where it is not given',
    )
    .option('--prefix <prefix>', 'below which the exports lie')
    .option('--rows <file>', 'an export to take the columns from')
    .option('--columns <names>', 'columns to send, with commas between')
    .option('--key <names>', 'those that name a member')
    .option('--hash <names>', 'those that are hashed, by SHA-256')
    .option('--force', 'write over a file that is there')
    .option('-y, --yes', 'ask nothing, take what is usual')
    .action(act(() => import('./commands/init.ts')));

  program
    .command('validate')
    .description('check YAML files')
    .addOption(files())
    .action(act(() => import('./commands/validate.ts')));

  program
    .command('run')
    .description('start a run')
    .argument('<sync>')
    .option('-w, --wait', 'until it is over; the exit code says how it ended')
    .option('--full', 'send every member again')
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/run.ts')));

  program
    .command('runs')
    .description('list the runs of a sync, newest first, or show one')
    .argument('<sync>')
    .argument('[run]')
    .option('-n, --limit <number>', 'runs at most', '20')
    .action(act(() => import('./commands/runs.ts')));

  program
    .command('cancel')
    .description('cancel the run that is open or held')
    .argument('<sync>')
    .argument('[run]', 'the newest where it is not given')
    .action(act(() => import('./commands/cancel.ts')));

  program
    .command('approve')
    .description('let a held run go on')
    .argument('<sync>')
    .argument('[run]', 'the newest held one where it is not given')
    .option('-w, --wait', 'until it is over; the exit code says how it ended')
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/approve.ts')));
  return program;
}
