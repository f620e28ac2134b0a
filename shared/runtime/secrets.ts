/** The secret store a function is wired with: Secrets Manager, or the embedded run's file. */

import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { createSecretVault } from '../aws/secret-vault.ts';
import { readSecret } from '../aws/secrets.ts';
import { env } from '../contracts/wiring.ts';
import type { Secrets, SecretVault } from '../ports/configurations.ts';
import { cachedSecrets } from '../secrets/cached.ts';
import { createSecretsFileVault, readSecretsFile } from '../secrets/secrets-file.ts';
import { optionalSetting, setting } from './environment.ts';
import { lazy } from './lazy.ts';
import { systemClock } from './system.ts';
import { traced } from './tracing.ts';

/** Five minutes: what a replaced secret may still be used for, unless the platform refuses it. */
const keepMs = 300_000;
/** Someone at the file's own machine expects to see an edit at once. */
const keepFileMs = 1_000;

export const secrets = lazy((): Secrets => {
  const file = optionalSetting(env.secretsFile);
  if (file) return cachedSecrets((name) => readSecretsFile(file, name), systemClock, keepFileMs);
  const client = traced(new SecretsManagerClient({}));
  const prefix = setting(env.secretPrefix);
  return cachedSecrets((name) => readSecret(client, prefix + name), systemClock, keepMs);
});

export const vault = lazy((): SecretVault => {
  const file = optionalSetting(env.secretsFile);
  if (file) return createSecretsFileVault(file);
  return createSecretVault(traced(new SecretsManagerClient({})), setting(env.secretPrefix));
});
