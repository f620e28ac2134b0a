/**
 * What is fetched of the implementations by others: each from its own registry, pinned, once, into a cache folder of the
 * user. An unfinished installation is begun anew.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'audience-mirror');

export interface Package {
  readonly name: string;
  readonly version: string;
  /** Has to be at hand. */
  readonly tool: string;
  /** Where it comes from. */
  readonly registry: string;
  /** Puts it into the folder. */
  readonly install: (folder: string) => Promise<void>;
}

export const moto: Package = {
  name: 'moto',
  version: '5.2.5',
  tool: 'python3',
  registry: 'PyPI',
  async install(folder) {
    await run('python3', ['-m', 'venv', folder]);
    // Linters of templates and of policies come along: they share most of what they need.
    const services =
      's3,dynamodb,sqs,events,scheduler,secretsmanager,cloudformation,awslambda,iam,kms,sns,server';
    const packages = [
      `moto[${services}]==${moto.version}`,
      'cfn-lint==1.58.0',
      'parliament==1.6.4',
    ];
    await run(join(folder, 'bin/pip'), ['install', '--quiet', ...packages]);
  },
};

export const elasticmq: Package = {
  name: 'ElasticMQ',
  version: '1.7.1',
  tool: 'mvn',
  registry: 'Maven',
  async install(folder) {
    const pom = join(folder, 'pom.xml');
    writeFileSync(pom, pomOf('org.elasticmq', 'elasticmq-server_2.13', elasticmq.version));
    const copy = ['dependency:copy-dependencies', '-DoutputDirectory=lib'];
    await run('mvn', ['--quiet', '--batch-mode', '--file', pom, ...copy]);
  },
};

export const dynoxide: Package = {
  name: 'dynoxide',
  version: '3.2.0',
  tool: 'cargo',
  registry: 'crates.io',
  async install(folder) {
    const features = ['--no-default-features', '--features', 'native-sqlite,http-server,cli'];
    const target = ['--root', folder, '--version', dynoxide.version, '--locked', '--quiet'];
    // Built in half the time; it is fast enough.
    const quick = { CARGO_PROFILE_RELEASE_OPT_LEVEL: '1', CARGO_PROFILE_RELEASE_LTO: 'off' };
    await run('cargo', ['install', 'dynoxide-rs', ...target, ...features], quick);
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

/** Its folder; undefined where the tool is not at hand. */
export async function installed(one: Package): Promise<string | undefined> {
  const folder = join(cache, `${one.name.toLowerCase()}-${one.version}`);
  const mark = join(folder, '.complete');
  if (existsSync(mark)) return folder;
  if (!isAtHand(one.tool)) return undefined;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await one.install(folder);
  writeFileSync(`${mark}.new`, '');
  renameSync(`${mark}.new`, mark);
  return folder;
}

function isAtHand(tool: string): boolean {
  try {
    execFileSync(tool, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function run(command: string, args: string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  const [code, out, error] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with ${code}:\n${out}${error}`);
}
