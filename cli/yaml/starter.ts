/** A first destination and sync, commented, for a person to go on from. */
import { stringify } from 'yaml';
import { type Authentication, authenticationTypes } from '../../shared/contracts/authentication.ts';
import type { CsvDialect } from '../../shared/contracts/sync.ts';
import { schemaLine, variableOf } from './write.ts';

export interface StarterAnswers {
  /** Of the platform. */
  readonly name: string;
  readonly baseUrl: string;
  /** Below the base URL. */
  readonly path: string;
  readonly authentication: Authentication;
  readonly audience: string;
  readonly bucket: string;
  readonly prefix: string;
  /** How CSV is read, where it is not as usual. */
  readonly csv: Partial<CsvDialect>;
  /** Columns of the export that name a member; among `columns`. */
  readonly key: readonly string[];
  readonly columns: readonly string[];
  /** Columns whose values are hashed. */
  readonly hash: readonly string[];
  /** Where editors find the schema, from the file. */
  readonly schema: string;
}

/** An id made of any name; empty where it holds no letter or digit. */
export const idOf = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 63)
    .replace(/-+$/, '');

/** A field of a template: a word, whatever the column is called. */
export function fieldOf(column: string): string {
  const word = column.replace(/\W+/g, '_');
  return /^[A-Za-z_]/.test(word) ? word : `_${word}`;
}

export const starterYaml = (answers: StarterAnswers): string =>
  [destinationPart(answers), '---', syncPart(answers)].join('\n');

function destinationPart(answers: StarterAnswers): string {
  const { name, baseUrl, path, key, columns, schema } = answers;
  const id = idOf(name);
  return `${schemaLine(schema)}
# How the platform is called. docs/destinations.md has four whole ones to look at.
kind: destination
${yaml({ id, name, baseUrl })}${authenticationPart(answers, id)}
# Requests under way at once, and in all per second: what the platform allows.
concurrency: 2
requestsPerSecond: 10

actions:
  # Adds members. The body is JSONata (docs/templates.md): a list with an object for each record.
  insert:
    method: POST
${indent(4, yaml({ path }))}    batchSize: 100 # records a request holds at most
    body: |
${indent(6, `{"members": [$$.records.${objectOf(columns)}]}`)}
    # What a field must be: required, and hashed (SHA256, SHA512, MD5) or not.
${indent(4, fieldsOf(answers, columns))}
  # Adding somebody who is there changes them; give update an action of its own where it is another call.
  update: insert
  # Removes members.
  delete:
    method: DELETE
${indent(4, yaml({ path }))}    batchSize: 100
    body: |
${indent(6, `{"members": [$$.records.${objectOf(key)}]}`)}
${indent(4, fieldsOf(answers, key))}`;
}

function authenticationPart({ authentication }: StarterAnswers, id: string): string {
  const field = authenticationTypes[authentication.type].secret;
  if (!field) {
    return `# How requests prove who sends them: ${Object.keys(authenticationTypes).join(', ')} (docs/authentication.md).\nauthentication: { type: none }\n`;
  }
  return `# How requests prove who sends them (docs/authentication.md).
${yaml({ authentication })}# The secret itself comes from the environment of whoever applies this file, and is never written here.
secretValues:
  ${field}: \${env:${variableOf(id, field)}}
`;
}

function syncPart(answers: StarterAnswers): string {
  const { name, audience, bucket, prefix, csv, key, columns, hash, schema } = answers;
  const mappings = Object.fromEntries(columns.map((column) => [fieldOf(column), { column }]));
  const emails = hash.filter((column) => /e-?mail/i.test(column));
  const normalise = Object.fromEntries(emails.map((column) => [fieldOf(column), 'email']));
  return `${schemaLine(schema)}
# One audience, kept equal to the newest snapshot.
kind: sync
${yaml({ id: idOf(audience), name: audience, destination: idOf(name) })}audience: # at the platform
${indent(2, yaml({ id: audience, name: audience }))}
# Where the warehouse exports to: every file below the prefix is part of the snapshot (docs/snapshots.md).
${yaml({ source: { bucket, prefix, ...(Object.keys(csv).length > 0 && { csv }) } })}
# Columns that together name a member.
${yaml({ key })}
# Field of the templates above → column of the export.
${yaml({ mappings })}${
  emails.length > 0
    ? `\n# Brings values into the form that the platform hashes, too (docs/records.md).\n${yaml({ normalise })}`
    : ''
}
# When it runs by itself: every 5m, 10m, 15m, 30m, 1h, 3h, 6h, 12h or 24h (UTC), or by a cron expression:
#   schedule: { type: basic, every: 24h, from: '06:30' }
#   schedule: { type: cron, expression: '0 6 * * mon-fri', timeZone: Europe/Berlin }
schedule: { type: manual }
`;
}

const yaml = (content: object): string => stringify(content, { lineWidth: 0, singleQuote: true });

const indent = (spaces: number, text: string): string =>
  text
    .split('\n')
    .map((line) => (line === '' ? line : ' '.repeat(spaces) + line))
    .join('\n');

function objectOf(columns: readonly string[]): string {
  const fields = columns.map((column) => `  ${JSON.stringify(column)}: ${fieldOf(column)}`);
  return `{\n${fields.join(',\n')}\n}`;
}

function fieldsOf({ key, hash }: StarterAnswers, columns: readonly string[]): string {
  const settings = columns.flatMap((column) => {
    const own = {
      ...(key.includes(column) && { required: true }),
      ...(hash.includes(column) && { hash: 'SHA256' }),
    };
    return Object.keys(own).length > 0 ? [[fieldOf(column), own] as const] : [];
  });
  return yaml({ fields: Object.fromEntries(settings) });
}
