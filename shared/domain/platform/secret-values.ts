/** The reading of one secret's text. Neither the text nor a parser's error about it goes anywhere. */
import { z } from 'zod';
import {
  SecretBinding,
  type SecretChanges,
  type SecretField,
  SecretValues,
  secretFields,
} from '../../contracts/authentication.ts';
import { ConfigurationError } from '../words/errors.ts';
import { isWithin } from './secret-binding.ts';

/** @throws ConfigurationError `secret-unreadable` */
export function parseSecret(name: string, value: unknown): SecretValues {
  const read = SecretValues.safeParse(value);
  if (read.success) return read.data;
  throw unreadable(name);
}

const Fields = z.record(z.string(), z.unknown());

/**
 * A secret as it is to be stored; fields that are not ours stay as they are. What stays of ours goes nowhere new.
 * @throws ConfigurationError `secret-unreadable` where what is stored is no JSON object, `secret-too-large`, `secret-elsewhere`
 */
export function changedSecret(
  name: string,
  before: unknown,
  changes: SecretChanges,
  boundTo?: SecretBinding,
): Record<string, unknown> {
  const read = Fields.safeParse(before);
  if (!read.success) throw unreadable(name);
  const fields = new Map(Object.entries(read.data));
  if (boundTo) {
    const stay = secretFields.filter((field) => fields.has(field) && changes[field] === undefined);
    if (stay.length > 0 && !isWithin(boundTo, bindingOf(before))) throw notGivenAgain(name, stay);
    fields.set('boundTo', boundTo);
  }
  for (const [field, value] of Object.entries(changes)) {
    if (value === null) fields.delete(field);
    else if (value !== undefined) fields.set(field, value);
  }
  const whole = Object.fromEntries(fields);
  const bytes = Buffer.byteLength(JSON.stringify(whole));
  if (bytes > mostSecretBytes) throw tooLarge(name, bytes);
  return whole;
}

/** Whom a stored secret is for; undefined where it does not say. */
export function bindingOf(value: unknown): SecretBinding | undefined {
  return z.object({ boundTo: SecretBinding }).safeParse(value).data?.boundTo;
}

const notGivenAgain = (name: string, stay: readonly SecretField[]) =>
  new ConfigurationError(
    'secret-elsewhere',
    `The secret "${name}" also holds ${stay.join(', ')}, which was not set for this destination and these origins. Give ${stay.length === 1 ? 'it' : 'them'} again, or null to take ${stay.length === 1 ? 'it' : 'them'} away.`,
  );

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
