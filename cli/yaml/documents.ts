/** What a YAML file holds: destinations and syncs, each a document with the fields of its contract and its kind. */
import { z } from 'zod';
import { bySecretField } from '../../shared/contracts/authentication.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';

/** Names an environment variable; the value itself never stands in a file. */
const SecretReference = z
  .string()
  .regex(
    /^\$\{env:[A-Za-z_][A-Za-z0-9_]*\}$/,
    'a secret never stands in a file: name an environment variable that holds it, as in ${env:PLATFORM_TOKEN}, or keep it in Secrets Manager and name it under secret',
  )
  .optional();

const SecretReferences = z.strictObject(bySecretField(() => SecretReference));
export type SecretReferences = z.infer<typeof SecretReferences>;

export const DestinationDocument = DestinationInput.extend({
  kind: z.literal('destination'),
  /** Secret values by field, taken from the environment of whoever applies the file. */
  secretValues: SecretReferences.default({}),
});

export const SyncDocument = SyncInput.extend({ kind: z.literal('sync') });

export const kinds = ['destination', 'sync'] as const;
export type Kind = (typeof kinds)[number];
