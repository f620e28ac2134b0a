/** A destination as the API takes and shows it. */

import { z } from '@hono/zod-openapi';
import { Destination, DestinationInput } from '../../shared/contracts/destination.ts';
import { secretNameOf } from '../../shared/domain/platform/authentication.ts';
import type { SecretBook } from '../../shared/ports/configurations.ts';
import { FieldProblem } from './problem.ts';
import { SecretsView, secretsView } from './secrets.ts';

const warnings = z
  .array(FieldProblem)
  .optional()
  .describe('Of a change: worth a look, and no reason against it.');

export const DestinationView = Destination.extend({ secrets: SecretsView, warnings }).meta({
  id: 'Destination',
});
export type DestinationView = z.infer<typeof DestinationView>;

/** What answers have beside the settings may stay in a body: it is passed over. */
export const DestinationBody = DestinationInput.extend({
  version: z.int().optional(),
  secrets: SecretsView.optional(),
  warnings,
}).meta({
  id: 'DestinationSettings',
  description: '`version`, `secrets` and `warnings`, which answers have, are passed over.',
});

export function inputOf(body: z.infer<typeof DestinationBody>): DestinationInput {
  const { version: _version, secrets: _secrets, warnings: _warnings, ...settings } = body;
  return settings;
}

export async function destinationView(
  book: SecretBook,
  destination: Destination,
  warnings?: readonly FieldProblem[],
): Promise<DestinationView> {
  const secrets = secretsView(await book.get(secretNameOf(destination)));
  return { ...destination, secrets, ...(warnings && { warnings: [...warnings] }) };
}
