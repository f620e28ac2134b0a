/** Secret values that a file names, from the environment of whoever applies it. */
import {
  SecretChanges,
  type SecretField,
  secretFields,
} from '../shared/contracts/authentication.ts';
import { FilesRefused } from './files.ts';
import type { Session } from './session.ts';
import type { DestinationEntry, ToldProblem } from './yaml/read.ts';

export type SecretsToSet = Readonly<Partial<Record<SecretField, string>>>;

/**
 * Those of the wanted fields that the file names.
 * @throws FilesRefused where the environment lacks one, or holds what it cannot be
 */
export function secretsOf(
  { world: { env } }: Pick<Session, 'world'>,
  { secretValues, locate }: DestinationEntry,
  isWanted: (field: SecretField, isGiven: boolean) => boolean,
): SecretsToSet {
  const values: Partial<Record<SecretField, string>> = {};
  const problems: ToldProblem[] = [];
  for (const field of secretFields) {
    const name = /^\$\{env:(\w+)\}$/.exec(secretValues[field] ?? '')?.[1];
    const value = name === undefined ? undefined : env[name];
    if (name === undefined || !isWanted(field, Boolean(value))) continue;
    const problem = value ? misfitOf(field, name, value) : missing(name);
    if (problem) problems.push(locate({ path: `secretValues.${field}`, ...problem }));
    else if (value) values[field] = value;
  }
  if (problems.length > 0) throw new FilesRefused(problems);
  return values;
}

const missing = (name: string) => ({
  code: 'secret-missing',
  message: `The environment variable ${name} is not set. Set it to the secret, or take this line out where the secret is kept elsewhere.`,
});

function misfitOf(field: SecretField, name: string, value: string) {
  const [issue] = SecretChanges.shape[field].safeParse(value).error?.issues ?? [];
  return (
    issue && {
      code: 'setting-invalid',
      message: `The environment variable ${name} holds what the secret cannot be: ${issue.message}. Correct it.`,
    }
  );
}
