/** What the compiler can't miss: a setting that nobody reads, a kind of authentication that sends nothing. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { Settings } from '../cdk/settings.ts';
import { Authentication } from '../shared/contracts/authentication.ts';
import { DestinationInput } from '../shared/contracts/destination.ts';
import { SyncInput } from '../shared/contracts/sync.ts';
import { WebhookInput } from '../shared/contracts/webhook.ts';
import { request, serve, setUp, statusOf } from './delivery/authentication-support.ts';

const root = join(import.meta.dirname, '..');

/** Code without comments and texts, of those who act by the settings: the contracts only say what there is. */
const sourceOf = (...rooms: string[]): string =>
  rooms
    .flatMap((room) =>
      readdirSync(join(root, room), { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(root, room, name), 'utf8')),
    )
    .join('\n')
    .replaceAll(/\/\*[\s\S]*?\*\/|\/\/[^\n]*/g, '');

/** The names of all fields, at any depth, as the JSON Schema of the settings has them. */
function fieldsOf(schema: z.ZodType): string[] {
  const found = new Set<string>();
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const [name, below] of Object.entries(node)) {
      if (name === 'properties') for (const field of Object.keys(below)) found.add(field);
      walk(below);
    }
  };
  walk(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  return [...found];
}

/** As a property, or taken out of an object. */
const isRead = (source: string, field: string) =>
  new RegExp(`\\.${field}\\b(?!\\s*\\()|[{,]\\s*${field}\\s*[,}=:]|\\[['"]${field}['"]\\]`).test(
    source,
  );

const unread = (schema: z.ZodType, source: string) =>
  fieldsOf(schema).filter((field) => !isRead(source, field));

const acting = sourceOf(
  'shared/domain',
  'shared/flow',
  'shared/http',
  'shared/duckdb',
  'shared/aws',
  'shared/schedules',
  'functions',
);

test.each([
  ['destinations', DestinationInput],
  ['syncs', SyncInput],
  ['webhooks', WebhookInput],
])('every setting of %s is read by somebody', (_, schema) => {
  expect(fieldsOf(schema).length).toBeGreaterThan(5);
  expect(unread(schema, acting)).toEqual([]);
});

test('every setting of a deployment is read by a construct', () => {
  const constructs = sourceOf('cdk').replace(/export const Settings = [\s\S]*?\n}\);/, '');
  expect(unread(Settings, constructs)).toEqual([]);
});

test('a setting that nobody reads is found', () => {
  const more = SyncInput.extend({ sesame: z.object({ openly: z.boolean() }).optional() });
  expect(unread(more, acting)).toEqual(['sesame', 'openly']);
});

const examples: Readonly<Record<Authentication['type'], (url: string) => object>> = {
  none: () => ({}),
  basic: () => ({ userName: 'us' }),
  bearer: () => ({}),
  apiKey: () => ({ header: 'x-key' }),
  oauth2: (url) => ({ tokenUrl: `${url}/token`, clientId: 'us' }),
};

test('every kind of authentication but none sends something of the secret', async () => {
  const token = { body: JSON.stringify({ access_token: 'CANARY-token', token_type: 'bearer' }) };
  for (const [type, exampleOf] of Object.entries(examples)) {
    const platform = await serve(() => token);
    const authentication = Authentication.parse({ type, ...exampleOf(platform.url) });
    const answer = await setUp().senderOf({ authentication }).send(request(platform.url));
    expect(statusOf(answer), type).toBe(200);
    const sent = JSON.stringify(platform.seen.at(-1)?.headers);
    const isProven = /CANARY|Basic /.test(sent);
    expect(isProven, type).toBe(type !== 'none');
  }
});
