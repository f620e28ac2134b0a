/** The whole surface of the command line: each command with what it takes. What it does is in a module of its own. */
import { Argument, Command, Option } from 'commander';
import manifest from '../package.json' with { type: 'json' };
import { authenticationTypes } from '../shared/contracts/authentication.ts';
import { RunStatus, runStatuses } from '../shared/contracts/run-status.ts';
import type { ExitCode } from './exit.ts';
import type { Session } from './session.ts';
import { kinds } from './yaml/documents.ts';

export interface CommandModule {
  run(session: Session, given: unknown): Promise<ExitCode>;
}

export type Action = (...all: unknown[]) => Promise<void>;
/** Modules are loaded when they are run: most commands need little of what the others do. */
export type Act = (load: () => Promise<CommandModule>) => Action;

export interface Writers {
  writeOut(text: string): void;
  writeErr(text: string): void;
}

const exitCodes = [
  '\nExit codes:',
  '  2  what was asked cannot be done as it stands: the message says what to mend',
  ...RunStatus.options.map(
    (status) => `  ${runStatuses[status].exitCode}  ${status}: ${runStatuses[status].meaning}`,
  ),
].join('\n');

const files = () =>
  new Option('-f, --file <file...>', 'YAML files, folders of them, or - for stdin');
/** May be given several times. */
const repeatable = (flags: string, description: string) =>
  new Option(flags, description).argParser((value: string, before: string[] = []) => [
    ...before,
    value,
  ]);
/** How the files given are read. */
function addCsv(command: Command): Command {
  return command
    .option('--delimiter <character>', 'of CSV, or tab (default: ,)')
    .option('--quote <character>', 'of CSV (default: ")')
    .option('--escape <character>', 'before a quote within quotes (default: the quote, doubled)')
    .option('--encoding <name>', 'of CSV: utf-8, utf-16, windows-1252 or latin1')
    .addOption(repeatable('--null <text>', 'that stands for no value in CSV; may be repeated'));
}
const wait = () => new Option('-w, --wait', 'until it is over; the exit code says how it ended');
const yes = () => new Option('-y, --yes', 'it is meant: do not ask');
const full = () => new Option('--full', 'send every member again');
const members = (...choices: string[]) =>
  new Option(
    '--members <what>',
    'what becomes of those at a platform that would be left behind',
  ).choices(choices);
const shared = () =>
  new Option('--shared <word>', 'a second sync on one audience').choices(['allow']);
const actions = ['insert', 'update', 'delete'];

export function describe(act: Act, writers: Writers): Command {
  const program = programOf(writers);
  addFiles(program, act);
  addRuns(program, act);
  addRepair(program, act);
  addMirror(program, act);
  return program;
}

const programOf = (writers: Writers): Command =>
  new Command('audience-mirror')
    .description(manifest.description)
    .version(manifest.version)
    .configureOutput(writers)
    .showHelpAfterError('Add --help to see what it takes.')
    .exitOverride()
    .option('--folder <folder>', 'state folder of the embedded system (default: .audience-mirror)')
    .option('--stack <name>', 'talk to the system of this CloudFormation stack')
    .option('--endpoint <url>', 'talk to the system whose API is at this URL')
    .option('--region <region>', 'AWS region of the stack or endpoint')
    .option('--json', 'print results as JSON')
    .addHelpText(
      'after',
      `
AUDIENCE_MIRROR_FOLDER, AUDIENCE_MIRROR_STACK and AUDIENCE_MIRROR_ENDPOINT stand
for the options. A token of your identity provider goes into AUDIENCE_MIRROR_TOKEN;
without one, requests to a deployed system are signed with the usual AWS
credentials. Results go to stdout, everything else to stderr.`,
    );

function addFiles(program: Command, act: Act): void {
  const init = program
    .command('init')
    .description(
      'write a first destination and sync, with comments; asks what the options leave open',
    )
    .argument('[file]', 'the file to write', 'audience-mirror.yaml')
    .option('--template <name>', 'a platform’s preset to begin with (docs/platforms.md)')
    .option('--templates', 'list the presets and write nothing')
    .addOption(repeatable('--fill <NAME=value>', 'what a template asks for; may be repeated'))
    .option('--name <name>', 'of the platform')
    .option('--base-url <url>', 'under which its API is')
    .option('--path <path>', 'that takes members, below the base URL')
    .addOption(
      new Option('--authentication <type>', 'how requests prove who sends them').choices(
        Object.keys(authenticationTypes),
      ),
    )
    .option('--user-name <name>', 'for basic')
    .option('--header <name>', 'for apiKey')
    .option('--token-url <url>', 'for oauth2')
    .option('--client-id <id>', 'for oauth2')
    .option('--audience <id>', 'at the platform')
    .option('--bucket <name>', 'that the warehouse exports to (default: the embedded one)')
    .option('--prefix <prefix>', 'below which the exports lie')
    .option('--rows <file>', 'an export to take the columns from');
  addCsv(init)
    .option('--columns <names>', 'columns to send, with commas between')
    .option('--key <names>', 'those that name a member')
    .option('--hash <names>', 'those that are hashed, by SHA-256')
    .option('--force', 'write over a file that is there')
    .option('-y, --yes', 'ask nothing, take what is usual')
    .action(act(() => import('./commands/init.ts')));
  program
    .command('validate')
    .description('check files; nothing needs to be running')
    .addOption(files().makeOptionMandatory())
    .action(act(() => import('./commands/validate.ts')));
  program
    .command('apply')
    .description('create or change what the files say; what is the same is left alone')
    .addOption(files().makeOptionMandatory())
    .option('--dry-run', 'show the differences and save nothing')
    .option('--secrets', 'set secrets anew that are set already')
    .addOption(members('leave'))
    .addOption(shared())
    .action(act(() => import('./commands/apply.ts')));
  program
    .command('list')
    .description('list the destinations and syncs that are saved')
    .addArgument(new Argument('[kind]', 'of these only').choices(kinds))
    .action(act(() => import('./commands/list.ts')));
  program
    .command('open')
    .description('open the console in the browser')
    .option('--print', 'print its address alone')
    .action(act(() => import('./commands/open.ts')));
  program
    .command('export')
    .description('print what is saved as YAML, or with --json as one list')
    .addArgument(new Argument('[kind]', 'of these only').choices(kinds))
    .argument('[id]', 'this one only')
    .option('-o, --output <file>', 'write it to a file')
    .action(act(() => import('./commands/export.ts')));
  program
    .command('delete')
    .description('delete a destination or sync')
    .addArgument(new Argument('<kind>').choices(kinds))
    .argument('<id>')
    .addOption(members('leave', 'empty'))
    .action(act(() => import('./commands/delete.ts')));
}

function addRuns(program: Command, act: Act): void {
  program
    .command('status')
    .description('all syncs at a glance: how each fares, and why it needs somebody')
    .action(act(() => import('./commands/status.ts')));
  program
    .command('preview')
    .description('show the request that would be made of some rows; nothing is sent')
    .argument('[sync]')
    .addOption(repeatable('-f, --file <file>', 'of YAML files, saved or not; may be repeated'))
    .addOption(new Option('-a, --action <action>').choices(actions).default('insert'))
    .option('--rows <file>', 'JSON rows (default: the first of the newest snapshot)')
    .action(act(() => import('./commands/preview.ts')));
  program
    .command('plan')
    .description('show what a run would do now; nothing is sent')
    .argument('<sync>')
    .addOption(full())
    .action(act(() => import('./commands/plan.ts')));
  program
    .command('run')
    .description('start a run')
    .argument('<sync>')
    .addOption(wait())
    .addOption(full())
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
    .command('logs')
    .description('show what became of each record of a run')
    .argument('<sync>')
    .argument('[run]', 'the newest where it is not given')
    .addOption(
      repeatable(
        '--outcome <outcome>',
        'delivered, rejected, uncertain, unsent or invalid; may be repeated',
      ),
    )
    .option('--failed', 'all outcomes but delivered')
    .addOption(
      new Option('--action <action>').choices(['insert', 'reinsert', 'update', 'delete', 'none']),
    )
    .option('--key <key>', 'of this member')
    .option('--code <code>', 'of this error')
    .option('-n, --limit <number>', 'records at most, of each run')
    .option('-f, --follow', 'go on with the runs to come')
    .option('--csv', 'as CSV; with --json an object a line')
    .action(act(() => import('./commands/logs.ts')));
  program
    .command('cancel')
    .description('cancel the run that is open, or turn down the one that is held')
    .argument('<sync>')
    .argument('[run]', 'the newest where it is not given')
    .action(act(() => import('./commands/cancel.ts')));
  program
    .command('approve')
    .description('let a held run go on')
    .argument('<sync>')
    .argument('[run]', 'the newest held one where it is not given')
    .addOption(wait())
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/approve.ts')));
}

function addRepair(program: Command, act: Act): void {
  program
    .command('rollback')
    .description('make the platform equal to what an earlier run left')
    .argument('<sync>')
    .argument('<run>', 'that left the members to go back to')
    .addOption(wait())
    .addOption(yes())
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/rollback.ts')));
  program
    .command('empty')
    .description('remove every member of a sync from the platform')
    .argument('<sync>')
    .addOption(wait())
    .addOption(yes())
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/empty.ts')));
  program
    .command('reset')
    .description('forget what is at the platform: the next run is a first one')
    .argument('<sync>')
    .addOption(yes())
    .action(act(() => import('./commands/reset.ts')));
  program
    .command('adopt')
    .description('take files of what the platform holds as the mirror; nothing is sent')
    .argument('<sync>')
    .argument('[files...]', 'CSV, NDJSON or Parquet, for the embedded system')
    .option('--bucket <name>', 'that holds them, for a deployed one')
    .option('--prefix <prefix>', 'below which they lie, apart from the exports')
    .addOption(wait())
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/adopt.ts')));
  addErasures(program, act);
  addBackups(program, act);
}

function addBackups(program: Command, act: Act): void {
  program
    .command('backup')
    .description('copy all that the system on this machine keeps; nothing may run on its folder')
    .argument('<to>', 'a folder that is not there yet')
    .action(act(() => import('./commands/backup.ts')));
  program
    .command('restore')
    .description('make the folder of the system on this machine what a backup was')
    .argument('<from>', 'the backup')
    .addOption(yes())
    .action(act(() => import('./commands/restore.ts')));
}

function addErasures(program: Command, act: Act): void {
  program
    .command('erase')
    .description('remove members from the platform, and from everything that is kept of them')
    .argument('<sync>')
    .argument('[keys...]', 'of the members; a JSON list each where several columns are the key')
    .option('--from <file>', 'of one key a line, or - for stdin')
    .option('--even-if-in-snapshot', 'though the next run adds them again')
    .option('-w, --wait', 'until it is over')
    .addOption(yes())
    .action(act(() => import('./commands/erase.ts')));
  program
    .command('erasures')
    .description('list the erasures of a sync, newest first, or show one')
    .argument('<sync>')
    .argument('[erasure]')
    .option('-n, --limit <number>', 'erasures at most', '20')
    .action(act(() => import('./commands/erasures.ts')));
}

function addMirror(program: Command, act: Act): void {
  program
    .command('snapshot')
    .description('make files the newest snapshot of a sync of the embedded system')
    .argument('<files...>', 'CSV, NDJSON or Parquet')
    .addOption(repeatable('-f, --file <file>', 'YAML file that holds the sync, saved or not'))
    .option('--sync <id>', 'the sync')
    .action(act(() => import('./commands/snapshot.ts')));
  const mirror = program
    .command('mirror')
    .description('mirror files to a platform in one command; nothing needs to be running')
    .argument('<files...>', 'one snapshot: CSV, NDJSON or Parquet, the first two also gzipped')
    .requiredOption('-d, --destination <file>', 'YAML file of the destination, perhaps with a sync')
    .option('-k, --key <columns>', 'that name a member, with commas between')
    .option('--audience <id>', 'at the platform (default: what the file is called)')
    .addOption(
      repeatable('--map <field=column>', 'where their names are not alike; may be repeated'),
    )
    .addOption(repeatable('--value <field=literal>', 'the same for all members; may be repeated'));
  addCsv(mirror)
    .addOption(
      new Option('--preview [action]', 'show a request and send nothing')
        .choices(actions)
        .preset('insert'),
    )
    .option('--dry-run', 'show what would be done and send nothing')
    .addOption(full())
    .addOption(members('leave'))
    .option('--failures <number>', 'failed records to print at most, or all', '100')
    .addHelpText('after', exitCodes)
    .action(act(() => import('./commands/mirror.ts')));
}
