/**
 * `{{secret.NAME}}`: a value of the destination's secret, in the value of a header, of the query, or of a parameter of a token
 * request. It is put there when a request is sent, and by the authenticator alone; until then, and wherever a request is
 * shown, the placeholder stands.
 */
import { type SecretField, secretFields } from '../../contracts/authentication.ts';
import type { Problem } from '../words/problem.ts';

const PLACEHOLDER = /\{\{ *secret\.([A-Za-z0-9_-]*) *\}\}/g;

export const hasSecret = (text: string): boolean => text.search(PLACEHOLDER) >= 0;

/** The text with a value in each place; of one without places, itself. */
export function withSecrets(text: string, secretOf: (field: SecretField) => string): string {
  return text.replace(PLACEHOLDER, (_, name: string) => {
    const field = fieldOf(name);
    return field === undefined ? '' : secretOf(field);
  });
}

/** The fields of the secret that a text names, each once. */
export function secretsIn(text: string): SecretField[] {
  const named = [...text.matchAll(PLACEHOLDER)].flatMap(([, name = '']) => fieldOf(name) ?? []);
  return [...new Set(named)];
}

/** `where` begins the message. */
export function secretProblems(where: string, text: string): Problem[] {
  return [...text.matchAll(PLACEHOLDER)]
    .filter(([, name = '']) => fieldOf(name) === undefined)
    .map(() => ({
      code: 'secret-unknown',
      message: `${where} names a value that no secret has. The values are ${secretFields.join(', ')}: write {{secret.apiKey}}.`,
    }));
}

const fieldOf = (name: string): SecretField | undefined =>
  secretFields.find((field) => field === name);
