/** Puts secret values into Secrets Manager: one JSON object a secret, of which only our fields are touched. */

import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import type { SecretBinding, SecretChanges } from '../contracts/authentication.ts';
import { bindingOf, changedSecret, parseJson } from '../domain/platform/secret-values.ts';
import { ConfigurationError, MirrorError, PassingError } from '../domain/words/errors.ts';
import type { SecretVault } from '../ports/configurations.ts';

/** `prefix`: what the names of the stack's secrets begin with. */
export const createSecretVault = (client: SecretsManagerClient, prefix: string): SecretVault => ({
  put: (secret, changes, boundTo) =>
    explained(prefix + secret, () => put(client, prefix + secret, changes, boundTo)),
  binding: (secret) =>
    explained(prefix + secret, async () => {
      const stored = await read(client, prefix + secret);
      return stored === undefined ? undefined : { boundTo: bindingOf(parseJson(stored)) };
    }),
  remove: (secret) => explained(prefix + secret, () => remove(client, prefix + secret)),
});

async function put(
  client: SecretsManagerClient,
  name: string,
  changes: SecretChanges,
  boundTo: SecretBinding | undefined,
): Promise<void> {
  const before = await read(client, name);
  const SecretString = JSON.stringify(
    changedSecret(name, before === undefined ? {} : parseJson(before), changes, boundTo),
  );
  if (before !== undefined) {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
    return;
  }
  try {
    await client.send(
      new CreateSecretCommand({
        Name: name,
        SecretString,
        Description: 'Audience Mirror: credentials of a destination',
      }),
    );
  } catch (error) {
    // It has no value yet, or was made this moment.
    if (!(error instanceof ResourceExistsException)) throw error;
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString }));
  }
}

async function read(client: SecretsManagerClient, name: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString ?? '{}';
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** At once: what nobody can use any more should not lie about. */
async function remove(client: SecretsManagerClient, name: string): Promise<void> {
  try {
    await client.send(
      new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }),
    );
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}

/** What can be mended, in our words; no error of the service is passed on, as it may repeat what was sent. */
async function explained<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof MirrorError) throw error;
    if (error instanceof InvalidRequestException) {
      throw new ConfigurationError(
        'secret-being-deleted',
        `The secret "${name}" is marked for deletion in Secrets Manager. Restore it there, or wait until it is gone.`,
      );
    }
    if (isDenied(error)) {
      throw new ConfigurationError(
        'access-denied',
        `The API may not read or write the secret "${name}". Let the secret's policy and its key allow the function's role.`,
      );
    }
    throw new PassingError(
      'secret-unavailable',
      `Secrets Manager could not be asked for or given the secret "${name}". Try again; if it persists, look at the health of the service.`,
    );
  }
}

const isDenied = (error: unknown) =>
  error instanceof SecretsManagerServiceException &&
  ['AccessDeniedException', 'DecryptionFailure', 'EncryptionFailure'].includes(error.name);
