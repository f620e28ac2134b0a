/** Secrets Manager. Read only: secrets come and go without us. */
import {
  DecryptionFailure,
  GetSecretValueCommand,
  InvalidRequestException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  SecretsManagerServiceException,
} from '@aws-sdk/client-secrets-manager';
import type { SecretValues } from '../contracts/authentication.ts';
import { missingSecret, parseJson, parseSecret } from '../domain/platform/secret-values.ts';
import { ConfigurationError, PassingError } from '../domain/words/errors.ts';

/** `name`: whole, with the prefix of the stack. @throws as the port `Secrets` says */
export async function readSecret(
  client: SecretsManagerClient,
  name: string,
): Promise<SecretValues> {
  let text: string | undefined;
  try {
    ({ SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: name })));
  } catch (error) {
    throw explained(error, name);
  }
  return parseSecret(name, parseJson(text ?? ''));
}

/** What can be mended, in our words; no error of the service is passed on. */
function explained(error: unknown, name: string): Error {
  if (error instanceof ResourceNotFoundException) {
    return missingSecret(name, 'in Secrets Manager');
  }
  if (error instanceof InvalidRequestException) {
    return missingSecret(name, 'in Secrets Manager that is not marked for deletion');
  }
  const isDenied =
    error instanceof SecretsManagerServiceException && error.name === 'AccessDeniedException';
  if (isDenied || error instanceof DecryptionFailure) {
    return new ConfigurationError(
      'access-denied',
      `send-chunk may not read the secret "${name}". Let the secret's policy and its key allow the function's role.`,
    );
  }
  return new PassingError(
    'secret-unavailable',
    `Secrets Manager did not give the secret "${name}". It is tried again; if it persists, look at the health of the service.`,
  );
}
