/** `cdk synth` of this repository, on a machine that knows nothing of AWS. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { project, read } from './synthesised.ts';

export interface CdkSynthesis {
  readonly template: unknown;
  /** Folder of each function's bundle, by the function's name. */
  readonly bundles: ReadonlyMap<string, string>;
}

/** @param context settings as on the command line */
export function cdkSynth(
  folder: string,
  context: Readonly<Record<string, string>> = {},
): CdkSynthesis {
  const cdk = join(project, 'node_modules/aws-cdk/bin/cdk');
  const settings = Object.entries(context).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  execFileSync(process.execPath, [cdk, 'synth', '--quiet', '--output', folder, ...settings], {
    cwd: project,
    env: withoutAws(folder),
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const template = JSON.parse(readFileSync(join(folder, 'audience-mirror.template.json'), 'utf8'));
  const functions = [...read(template).all('AWS::Lambda::Function').values()];
  const bundles = functions.map(({ properties, assetPath }): [string, string] => [
    properties.Description.replace('Audience Mirror: ', ''),
    join(folder, assetPath ?? 'none'),
  ]);
  return { template, bundles: new Map(bundles) };
}

/** No account, no region, no Docker. npm keeps its settings: it may need them to reach a registry. */
function withoutAws(nowhere: string): NodeJS.ProcessEnv {
  const isOurs = ([name]: [string, unknown]) => !/^(AWS|CDK)_/.test(name);
  const { PATH, ...others } = Object.fromEntries(Object.entries(process.env).filter(isOurs));
  return {
    ...others,
    PATH: [join(project, 'node_modules/.bin'), PATH].join(delimiter),
    AWS_CONFIG_FILE: join(nowhere, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(nowhere, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    DOCKER_HOST: 'tcp://127.0.0.1:1',
  };
}
