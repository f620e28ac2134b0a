/** As much of Secrets Manager as the functions ask for, in memory. */
import { z } from 'zod';
import type { Call } from './needs.ts';

const Asked = z.object({
  SecretId: z.string().optional(),
  Name: z.string().optional(),
  SecretString: z.string().optional(),
});

const secrets = new Map<string, string>();

export function answerOfSecrets({ headers, body }: Call): { status: number; text: string } {
  const {
    SecretId,
    Name = SecretId ?? '',
    SecretString,
  } = Asked.parse(JSON.parse(body.toString()));
  const known = secrets.get(Name);
  const operation = String(headers['x-amz-target']).split('.')[1];
  if (operation === 'CreateSecret' && known !== undefined) return failed('ResourceExistsException');
  if (operation !== 'CreateSecret' && known === undefined)
    return failed('ResourceNotFoundException');
  if (operation === 'GetSecretValue') return done({ Name, SecretString: known });
  if (operation === 'DeleteSecret') secrets.delete(Name);
  else secrets.set(Name, SecretString ?? '');
  return done({ Name });
}

const done = (body: object) => ({ status: 200, text: JSON.stringify(body) });
const failed = (type: string) => ({
  status: 400,
  text: JSON.stringify({ __type: type, message: type }),
});
