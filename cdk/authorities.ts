/** Certificate authorities of the company, as a layer: they are longer than a function's environment may be. */
import { existsSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { Code, type ILayerVersion, LayerVersion } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';

export interface Authorities {
  readonly layer: ILayerVersion;
  /** In the function. */
  readonly path: string;
}

/** @throws Error where the file is not there */
export function authoritiesOf(scope: Construct, file: string | undefined): Authorities | undefined {
  if (file === undefined) return undefined;
  const whole = resolve(file);
  if (!existsSync(whole))
    throw new Error(`The setting caBundle names ${whole}, which is not there.`);
  const name = basename(whole);
  const code = Code.fromAsset(dirname(whole), { exclude: ['*', `!${name}`] });
  const description = 'Audience Mirror: certificate authorities to trust';
  const layer = new LayerVersion(scope, 'Authorities', { code, description });
  return { layer, path: `/opt/${name}` };
}
