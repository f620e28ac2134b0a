/**
 * The stack as it would run: each function's bundle under Lambda's runtime protocol, with exactly the environment of its
 * template and the rights of its role, over the embedded services.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EmbeddedFunction } from '../../local/aws/function-wiring.ts';
import { buckets } from '../../local/aws/identity.ts';
import { type EmbeddedAws, startEmbeddedAws } from '../../local/aws/index.ts';
import { env, type FunctionName, functionNames } from '../../shared/contracts/wiring.ts';
import { cdkSynth } from '../cdk/cdk-synth.ts';
import { project } from '../cdk/synthesised.ts';
import { type Deployed, deployedOf, Judge } from './grants.ts';
import { Judged } from './judged.ts';
import { exportsKey } from './needs.ts';

const relay = fileURLToPath(new URL('relay.ts', import.meta.url));

export interface DeployedSystem {
  readonly folder: string;
  readonly aws: EmbeddedAws;
  readonly judge: Judge;
  readonly deployed: ReadonlyMap<FunctionName, Deployed>;
  /** Moves the scheduler's clock. */
  ahead(ms: number): void;
  close(): Promise<void>;
}

export async function startDeployed(): Promise<DeployedSystem> {
  const folder = mkdtempSync(join(tmpdir(), 'deployed-'));
  const { template, bundles } = cdkSynth(join(folder, 'cdk.out'), {
    snapshotBuckets: JSON.stringify([{ name: buckets.snapshots, keyArn: exportsKey }]),
  });
  const deployed = deployedOf(template);
  const judge = new Judge(deployed);
  const judged = new Judged(judge);
  const secrets = await judged.inFrontOf('secretsmanager');
  let aheadMs = 0;
  const functions = Object.fromEntries(
    functionNames.map((name) => [name, functionOf(name, bundles, deployed, folder, secrets)]),
  );
  const aws = await startEmbeddedAws({
    folder: join(folder, 'aws'),
    functions,
    schedulerNow: () => Date.now() + aheadMs,
    inFrontOf: (service, endpoint) => judged.inFrontOf(service, endpoint),
  });
  return {
    folder,
    aws,
    judge,
    deployed,
    ahead: (ms) => {
      aheadMs += ms;
    },
    async close() {
      await aws.close();
      await judged.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function functionOf(
  name: FunctionName,
  bundles: ReadonlyMap<string, string>,
  deployed: ReadonlyMap<FunctionName, Deployed>,
  folder: string,
  secrets: string,
): EmbeddedFunction {
  const root = join(folder, 'functions', name);
  mkdirSync(join(root, 'node_modules'), { recursive: true });
  for (const file of ['index.mjs', 'index.mjs.map']) {
    cpSync(join(bundles.get(name) ?? 'none', file), join(root, file));
  }
  // The bundle's own binding is for arm64; this machine's is of the same version, as the test of the bundles says.
  symlinkSync(join(project, 'node_modules/@duckdb'), join(root, 'node_modules/@duckdb'));
  const variables = deployed.get(name)?.variables ?? {};
  return {
    handlerFile: relay,
    environment: (common) => ({
      ...Object.fromEntries(
        Object.entries(variables).map(([key, value]) => [key, common[key] ?? value]),
      ),
      ...endpointsIn(common, secrets),
      [env.allowLoopback]: 'true',
      LAMBDA_TASK_ROOT: root,
      AWS_ACCESS_KEY_ID: name,
    }),
  };
}

/** Where AWS is here, and that the sample platform is on this machine: all that a function is told beside its template. */
const endpointsIn = (common: Readonly<Record<string, string>>, secrets: string) => ({
  ...Object.fromEntries(
    Object.entries(common).filter(([key]) => key.startsWith('AWS_ENDPOINT_URL_')),
  ),
  AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets,
});
