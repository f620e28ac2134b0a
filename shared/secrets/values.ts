/** The reading of one secret's text. Neither the text nor a parser's error about it goes anywhere. */
import { SecretValues } from '../contracts/authentication.ts';
import { ConfigurationError } from '../domain/errors.ts';

/** @throws ConfigurationError `secret-unreadable` */
export function parseSecret(name: string, value: unknown): SecretValues {
  const read = SecretValues.safeParse(value);
  if (read.success) return read.data;
  throw unreadable(name);
}

/** JSON, or undefined. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unreadable = (name: string) =>
  new ConfigurationError(
    'secret-unreadable',
    `The secret "${name}" is no JSON object of texts of 1 to 8,192 characters. Store it as one, with the fields password, token, apiKey, clientSecret or signingKey.`,
  );

export const missingSecret = (name: string, where: string): ConfigurationError =>
  new ConfigurationError(
    'secret-missing',
    `There is no secret "${name}" ${where}, which the destination's authentication or signature needs. Store it, or name another in the destination.`,
  );
