/** Writes destinations and syncs as YAML that reads back as the very same. */
import { isDeepStrictEqual } from 'node:util';
import { Document } from 'yaml';
import type { z } from 'zod';
import type { SecretField } from '../../shared/contracts/authentication.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';

/** The line by which editors find the schema. */
export const schemaLine = (schema: string): string => `# yaml-language-server: $schema=${schema}`;

/** @param secrets fields that are set: their values stay where they are, and an environment variable is named instead */
export function destinationYaml(
  input: DestinationInput,
  secrets: readonly SecretField[],
  schema: string,
): string {
  const values = Object.fromEntries(
    secrets.map((field) => [field, `\${env:${variableOf(input.id, field)}}`]),
  );
  const { id, name, baseUrl, headers, authentication, ...rest } = shortest(DestinationInput, input);
  return yamlOf(schema, {
    kind: 'destination',
    ...defined({ id, name, baseUrl, headers, authentication }),
    ...(secrets.length > 0 && { secretValues: values }),
    ...rest,
  });
}

export const syncYaml = (input: SyncInput, schema: string): string =>
  yamlOf(schema, { kind: 'sync', ...shortest(SyncInput, input) });

/** `my-platform`, `apiKey` → `MY_PLATFORM_API_KEY`. */
export const variableOf = (id: string, field: SecretField): string =>
  `${/^[0-9]/.test(id) ? '_' : ''}${id}_${field.replace(/[A-Z]/g, '_$&')}`
    .replaceAll('-', '_')
    .toUpperCase();

const defined = (fields: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function yamlOf(schema: string, content: Readonly<Record<string, unknown>>): string {
  const document = new Document(content, { aliasDuplicateObjects: false });
  document.commentBefore = schemaLine(schema).slice(1);
  return document.toString({ lineWidth: 0, singleQuote: true });
}

type Settings = Record<string, unknown>;

const isSettings = (value: unknown): value is Settings =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Without what may be left out, because the contract says the same where it is missing. */
function shortest(contract: z.ZodType, input: object): Settings {
  const means = contract.parse(input);
  const whole: Settings = structuredClone({ ...input });
  const shorten = (settings: Settings) => {
    for (const [name, value] of Object.entries(settings)) {
      delete settings[name];
      if (isDeepStrictEqual(contract.safeParse(whole).data, means)) continue;
      settings[name] = value;
      for (const inner of Array.isArray(value) ? value : [value]) {
        if (isSettings(inner)) shorten(inner);
      }
    }
  };
  shorten(whole);
  return whole;
}
