/**
 * The JSON Schema that editors complete and check our YAML by, made from the contracts: `npm run schema` writes it, and
 * a test holds the file equal to them.
 */
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { describe, readDescriptions } from './descriptions.ts';
import { DestinationDocument, kinds, SyncDocument } from './documents.ts';

export const schemaFile = fileURLToPath(
  new URL('../schema/audience-mirror.schema.json', import.meta.url),
);

/** One for a whole file, because editors take one for all of its documents. */
export function schemaText(): string {
  const document = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A destination or sync of Audience Mirror',
    type: 'object',
    required: ['kind'],
    properties: { kind: { enum: kinds } },
    // Not oneOf: so an editor tells what is wrong with a sync, and not that it is no destination either.
    if: { properties: { kind: { const: 'destination' } } },
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: schemaOf(DestinationDocument, 'DestinationInput'),
    else: schemaOf(SyncDocument, 'SyncInput'),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** In draft 7, which editors know best. What has a default may be left out, so it is the input that counts. */
function schemaOf(document: z.ZodType, contract: string): object {
  const { $schema: _, ...schema } = z.toJSONSchema(document, { io: 'input', target: 'draft-7' });
  describe(schema, contract, readDescriptions());
  return schema;
}
