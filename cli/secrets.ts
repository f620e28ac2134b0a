/** Secret values that a file names, from the environment of whoever applies it. */
import type { SecretField } from '../shared/contracts/authentication.ts';
import { FilesRefused } from './files.ts';
import type { Session } from './session.ts';
import { secretFields } from './yaml/documents.ts';
import type { DestinationEntry, ToldProblem } from './yaml/read.ts';

export type SecretsToSet = Readonly<Partial<Record<SecretField, string>>>;

/**
 * Those of the wanted fields that the file names.
 * @throws FilesRefused where the environment lacks one
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
    if (value) values[field] = value;
    else {
      problems.push(
        locate({
          path: `secretValues.${field}`,
          code: 'secret-missing',
          message: `The environment variable ${name} is not set. Set it to the secret, or take this line out where the secret is kept elsewhere.`,
        }),
      );
    }
  }
  if (problems.length > 0) throw new FilesRefused(problems);
  return values;
}
