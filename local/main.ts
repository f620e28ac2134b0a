/**
 * Audience Mirror on one machine: `npm start` mirrors the sample audience and goes on serving, `npm run demo` does
 * the same and ends: with 0 only if the platform holds exactly the members of the last snapshot.
 */
import { Command, InvalidArgumentError } from 'commander';
import { z } from 'zod';
import { describeRun, reportOf } from '../shared/domain/run/report.ts';
import { MirrorError } from '../shared/domain/words/errors.ts';
import type { LocalApi } from './api.ts';
import { usualFolder } from './aws/identity.ts';
import { openInBrowser } from './browser.ts';
import { compare, isEqual, platformMembers, snapshotMembers } from './compare.ts';
import { type Platform, startPlatform } from './platform/platform.ts';
import { ProgressBar } from './progress-bar.ts';
import {
  sampleAudience,
  sampleDestination,
  sampleFiles,
  samplePrefix,
  sampleSync,
  sampleSyncOf,
} from './sample.ts';
import type { LocalSystem } from './system.ts';

const portOf = (text: string): number => {
  const port = Number(text);
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port;
  throw new InvalidArgumentError('Use a number from 0 (any that is free) to 65535.');
};

const options = z
  .object({
    demo: z.boolean(),
    open: z.boolean(),
    aws: z.boolean(),
    sample: z.boolean(),
    folder: z.string(),
    port: z.number(),
    apiPort: z.number(),
  })
  .parse(
    new Command('npm start --')
      .description(
        'Audience Mirror on this machine: mirrors a sample audience, then serves until Ctrl-C.',
      )
      .option(
        '--demo',
        'end after the sample, with 0 only if the platform holds exactly its members',
        false,
      )
      .option('--open', 'opens the console in the browser', false)
      .option(
        '--aws',
        'a rehearsal of the deployed system: the functions over embedded AWS services',
        false,
      )
      .option('--no-sample', 'a server: no sample platform, and nothing of the sample audience')
      .option('--folder <path>', 'that keeps everything', usualFolder)
      .option(
        '--port <number>',
        'of the sample platform; any other where it is taken',
        portOf,
        4700,
      )
      .option(
        '--api-port <number>',
        'of the API; the next free one where it is taken',
        portOf,
        4701,
      )
      .parse()
      .opts(),
  );

const say = (text = '') => process.stdout.write(`${text}\n`);

/** The snapshots the warehouse exports one after the other. */
const snapshots: readonly (readonly number[])[] = [
  [1, 2],
  [2, 3],
  [2, 3],
];

async function startSystem(): Promise<LocalSystem> {
  if (options.aws) return (await import('./mirror.ts')).startMirror(options.folder);
  return (await import('./direct/system.ts')).startDirect(options.folder);
}

/** The usual port, so that the page stays where it was; any other where that one is taken. */
async function openPlatform(folder: string): Promise<Platform> {
  try {
    return await startPlatform({ folder, port: options.port });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    const platform = await startPlatform({ folder });
    say(`Port ${options.port} is taken, so the sample platform is at ${platform.url}.`);
    return platform;
  }
}

async function mirrorOnce(mirror: LocalSystem, parts: readonly number[]): Promise<void> {
  say(`Snapshot of ${parts.map((part) => `userdata${part}`).join(' and ')}`);
  await mirror.export(samplePrefix, await sampleFiles(parts));
  const run = await mirror.start(sampleSync);
  if (!run) return;
  const bar = new ProgressBar();
  const closed = await mirror.follow(sampleSync, run, (progress) => bar.show(progress));
  bar.end();
  say(describeRun(reportOf(closed)));
}

/** Is the platform what the snapshot says? */
async function check(platform: Platform, parts: readonly number[]): Promise<boolean> {
  const comparison = compare(
    await snapshotMembers(parts),
    await platformMembers(platform.url, sampleAudience),
  );
  const { expected, found, missing, different, surplus } = comparison;
  say(
    isEqual(comparison)
      ? `  platform  ${found} members, equal to the snapshot's\n`
      : `  platform  ${found} members where the snapshot has ${expected}: ${missing} missing, ${different} different, ${surplus} left behind\n`,
  );
  return isEqual(comparison);
}

/** Mirrors the snapshots one after the other; true if the platform is what the last one says. */
async function mirrorAll(mirror: LocalSystem, platform: Platform): Promise<boolean> {
  await mirror.save(sampleDestination(platform.url), sampleSyncOf());
  say();
  let isMirrored = false;
  for (const parts of snapshots) {
    await mirrorOnce(mirror, parts);
    isMirrored = await check(platform, parts);
  }
  return isMirrored;
}

function sayWhere(platform: Platform | undefined, api: LocalApi): void {
  const link = api.console.link();
  if (link === undefined) say('The console is not built:  npm run console');
  else say(`The console:             ${link}`);
  api.console.whenUsed((next) => say(`Somebody signed in. The next link:  ${next}`));
  if (options.open && link !== undefined) openInBrowser(link);
  if (platform) say(`The platform's members:  ${platform.url}/`);
  say(
    `The API:                 ${api.url}/v1/openapi.json (tokens: ${options.folder}/access.json)`,
  );
  say(`Logs of the functions:   ${options.folder}/logs/`);
  say(`Everything is kept in ${options.folder}/; remove it to begin anew. Ctrl-C ends.`);
}

async function openSample(mirror: LocalSystem): Promise<Platform | undefined> {
  if (!options.sample && !options.demo) return undefined;
  return openPlatform(`${options.folder}/platform`).catch(async (error) => {
    await mirror.close();
    throw error;
  });
}

async function main(): Promise<number> {
  let isServing = false;
  const stopped = new Promise<number>((resolve) => {
    const stop = () => resolve(isServing ? 0 : 130);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  });
  const system = options.aws ? 'the embedded AWS services' : 'Audience Mirror';
  say(`Starting ${system}${options.sample ? ' and the sample platform' : ''}…`);
  // The mirror first: it locks the folder, and only its holder may open what lies in it.
  const mirror = await startSystem();
  const platform = await openSample(mirror);
  const work = async () => {
    const api = options.demo ? undefined : await mirror.serve(options.apiPort);
    await mirror.recover((run) =>
      say(`Going on with the run ${run}, which an earlier start left open…`),
    );
    const isMirrored = platform ? await mirrorAll(mirror, platform) : true;
    if (!api) return isMirrored ? 0 : 1;
    mirror.watch();
    sayWhere(platform, api);
    isServing = true;
    return stopped;
  };
  try {
    return await Promise.race([work(), stopped]);
  } finally {
    say('Ending…');
    await mirror.close();
    await platform?.close();
  }
}

try {
  // What is under way is given up: everything that counts is stored, and the next start goes on with it.
  process.exit(await main());
} catch (error) {
  if (!(error instanceof MirrorError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
