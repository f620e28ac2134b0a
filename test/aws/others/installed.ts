/**
 * What is fetched of the implementations by others: each from its own registry, pinned, once, into a cache folder of the
 * user. An unfinished installation is begun anew. What can't be had fails nothing: it is said why.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'audience-mirror');

export interface Package {
  readonly name: string;
  readonly version: string;
  /** Has to be at hand. */
  readonly tool: string;
  /** Where it comes from. */
  readonly registry: string;
  /** To be fetched only on request: why, and the longest that it may take, in seconds. */
  readonly onRequest?: { readonly why: string; readonly seconds: number };
  /** Puts it into the folder. */
  readonly install: (folder: string, atMostMs: number) => Promise<void>;
}

export const moto: Package = {
  name: 'moto',
  version: '5.2.5',
  tool: 'python3',
  registry: 'PyPI',
  async install(folder, atMostMs) {
    await run('python3', ['-m', 'venv', folder], { atMostMs });
    // Linters of templates and of policies come along: they share most of what they need.
    const services =
      's3,dynamodb,sqs,events,scheduler,secretsmanager,cloudformation,awslambda,iam,kms,sns,server';
    const packages = [
      `moto[${services}]==${moto.version}`,
      'cfn-lint==1.58.0',
      'parliament==1.6.4',
    ];
    await run(join(folder, 'bin/pip'), ['install', '--quiet', ...packages], { atMostMs });
  },
};

export const elasticmq: Package = {
  name: 'ElasticMQ',
  version: '1.7.1',
  tool: 'mvn',
  registry: 'Maven',
  async install(folder, atMostMs) {
    const pom = join(folder, 'pom.xml');
    writeFileSync(pom, pomOf('org.elasticmq', 'elasticmq-server_2.13', elasticmq.version));
    const copy = ['dependency:copy-dependencies', '-DoutputDirectory=lib'];
    await run('mvn', ['--quiet', '--batch-mode', '--file', pom, ...copy], { atMostMs });
  },
};

export const dynoxide: Package = {
  name: 'dynoxide',
  version: '3.2.0',
  tool: 'cargo',
  registry: 'Cargo',
  onRequest: { why: 'it is built from source, in many minutes', seconds: 3_600 },
  async install(folder, atMostMs) {
    const features = ['--no-default-features', '--features', 'native-sqlite,http-server,cli'];
    const target = ['--root', folder, '--version', dynoxide.version, '--locked', '--quiet'];
    // Built in half the time; it is fast enough.
    const quick = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '1', CARGO_PROFILE_RELEASE_LTO: 'off' };
    await run('cargo', ['install', 'dynoxide-rs', ...target, ...features], {
      atMostMs,
      env: quick,
    });
  },
};

const pomOf = (group: string, artifact: string, version: string) => `
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>local</artifactId><version>1</version>
  <dependencies><dependency>
    <groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version>
  </dependency></dependencies>
</project>`;

/** What fetching may take where nobody asked for more: a registry that does not answer costs no more than this. */
const usualSeconds = 180;

export type Installed = { readonly folder: string } | { readonly missing: string };

/** @param requested what is fetched only on request is wanted */
export async function installed(one: Package, requested: boolean): Promise<Installed> {
  const folder = join(cache, `${one.name.toLowerCase()}-${one.version}`);
  const mark = join(folder, '.complete');
  if (existsSync(mark)) return { folder };
  if (!isAtHand(one.tool)) return { missing: `${one.tool} is not at hand` };
  if (one.onRequest && !requested) {
    return { missing: `${one.onRequest.why}; npm run test:aws -- --build does so once` };
  }
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  try {
    await one.install(folder, (one.onRequest?.seconds ?? usualSeconds) * 1_000);
  } catch (error) {
    return {
      missing: `it could not be fetched (${error instanceof Error ? error.message : error})`,
    };
  }
  writeFileSync(`${mark}.new`, '');
  renameSync(`${mark}.new`, mark);
  return { folder };
}

function isAtHand(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** @throws Error in one line: what was run, how it ended, and the error that it told first */
export async function run(
  command: string,
  args: string[],
  { atMostMs, env = {} }: { atMostMs: number; env?: NodeJS.ProcessEnv },
): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
    // A group of its own: what it started ends with it.
    detached: true,
  });
  const ended = new Promise<number | string>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve(code ?? signal ?? 'no code'));
  });
  const late = setTimeout(() => child.pid && process.kill(-child.pid, 'SIGKILL'), atMostMs);
  const all = Promise.all([ended, text(child.stdout), text(child.stderr)]);
  const [code, out, error] = await all.finally(() => clearTimeout(late));
  if (code === 0) return;
  const lines = stripVTControlCharacters(`${out}\n${error}`).trim().split('\n');
  const told = lines.find((line) => /error/i.test(line)) ?? lines.at(-1) ?? '';
  throw new Error(`${basename(command)} ${args[0]} ended with ${code}: ${told.slice(0, 300)}`);
}
