/** The reading of one secret's text. Neither the text nor a parser's error about it goes anywhere. */
import { z } from 'zod';
import { type SecretChanges, SecretValues, secretFields } from '../../contracts/authentication.ts';
import { ConfigurationError } from '../words/errors.ts';

/** @throws ConfigurationError `secret-unreadable` */
export function parseSecret(name: string, value: unknown): SecretValues {
  const read = SecretValues.safeParse(value);
  if (read.success) return read.data;
  throw unreadable(name);
}

const Fields = z.record(z.string(), z.unknown());

/**
 * A secret as it is to be stored; fields that are not ours stay as they are.
 * @throws ConfigurationError `secret-unreadable` where what is stored is no JSON object, `secret-too-large`
 */
export function changedSecret(
  name: string,
  before: unknown,
  changes: SecretChanges,
): Record<string, unknown> {
  const read = Fields.safeParse(before);
  if (!read.success) throw unreadable(name);
  const fields = new Map(Object.entries(read.data));
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) fields.delete(field);
    else if (value !== undefined) fields.set(field, value);
  }
  const whole = Object.fromEntries(fields);
  const bytes = Buffer.byteLength(JSON.stringify(whole));
  if (bytes > mostSecretBytes) throw tooLarge(name, bytes);
  return whole;
}

/** Of one secret: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html */
export const mostSecretBytes = 65_536;

const tooLarge = (name: string, bytes: number) =>
  new ConfigurationError(
    'secret-too-large',
    `The values of the secret "${name}" would take ${bytes} bytes together, and ${mostSecretBytes} are the most that Secrets Manager keeps. Set shorter ones.`,
  );

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
    `The secret "${name}" is no JSON object of texts of 1 to 8,192 characters. Store it as one, with the fields ${secretFields.slice(0, -1).join(', ')} or ${secretFields.at(-1)}.`,
  );

export const missingSecret = (name: string, where: string): ConfigurationError =>
  new ConfigurationError(
    'secret-missing',
    `There is no secret "${name}" ${where}, which the destination's authentication or signature needs. Store it, or name another in the destination.`,
  );
