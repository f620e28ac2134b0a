/**
 * What a release stored, as a folder of small files: `items.ndjson` are the table's items, `messages.ndjson` what was
 * queued, `members.json` what the platform held, `state/`, `sync-logs/` and `snapshots/` the objects by their keys.
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { z } from 'zod';
import { SqliteTable } from '../../local/direct/table.ts';
import { type Platform, startPlatform } from '../../local/platform/platform.ts';

/** Where the destinations of every release are: a run goes on to the address that it began with. */
const platformPort = 24_917;
const folders = ['state', 'sync-logs', 'snapshots'] as const;

export const Item = z.looseObject({ pk: z.string(), sk: z.string() });
export type Item = z.infer<typeof Item>;

const Message = z.strictObject({ queue: z.enum(['plan', 'send', 'close']), body: z.string() });
export type Message = z.infer<typeof Message>;

/** Members by audience. */
const Members = z.record(z.string(), z.array(z.record(z.string(), z.unknown())));
export type Members = z.infer<typeof Members>;

export interface Release {
  /** When it was written; epoch milliseconds. */
  readonly at: number;
  readonly items: readonly Item[];
  readonly messages: readonly Message[];
  readonly members: Members;
}

const root = fileURLToPath(new URL('.', import.meta.url));
export const placeOf = (version: string) => join(root, version);

/** Of all releases whose state is kept. */
export const versions = (): string[] =>
  readdirSync(root, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);

const ofLines = (file: string): unknown[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
const lines = (values: readonly object[]) =>
  values.map((value) => `${JSON.stringify(value)}\n`).join('');

export function readRelease(place: string): Release {
  const { at } = z
    .object({ at: z.number() })
    .parse(JSON.parse(readFileSync(join(place, 'release.json'), 'utf8')));
  return {
    at,
    items: z.array(Item).parse(ofLines(join(place, 'items.ndjson'))),
    messages: z.array(Message).parse(ofLines(join(place, 'messages.ndjson'))),
    members: Members.parse(JSON.parse(readFileSync(join(place, 'members.json'), 'utf8'))),
  };
}

/** `folder`: of a system in one process, whose objects are taken over. */
export function writeRelease(
  place: string,
  folder: string,
  { at, items, messages, members }: Release,
): void {
  mkdirSync(place, { recursive: true });
  for (const each of folders) cpSync(join(folder, each), join(place, each), { recursive: true });
  writeFileSync(join(place, 'release.json'), `${JSON.stringify({ at })}\n`);
  writeFileSync(join(place, 'items.ndjson'), lines(items));
  writeFileSync(join(place, 'messages.ndjson'), lines(messages));
  writeFileSync(join(place, 'members.json'), `${JSON.stringify(members, null, 1)}\n`);
}

/** Makes the folder of a system in one process from what a release stored. */
export async function layOut(place: string, folder: string, items: readonly Item[]): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const each of folders) {
    if (existsSync(join(place, each)))
      cpSync(join(place, each), join(folder, each), { recursive: true });
  }
  // Copied in any order: the markers are the last that was written.
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('_SUCCESS')) writeFileSync(join(folder, name), '');
  const table = new SqliteTable(join(folder, 'state.db'));
  await table.putAll(items);
  table.close();
}

/** At the releases' own address. Others on this machine may test the same at this moment: then it waits for them. */
export async function platformOf(members: Members): Promise<Platform> {
  const platform = await listening();
  try {
    for (const [audience, held] of Object.entries(members))
      await tell(platform, 'POST', `/audiences/${audience}/members`, { members: held });
  } catch (error) {
    await platform.close();
    throw error;
  }
  return platform;
}

/** On a connection of its own: the next platform has the same address. */
export async function tell(
  { url }: Platform,
  method: 'GET' | 'POST' | 'PUT',
  path: string,
  value?: object,
): Promise<unknown> {
  const { statusCode, body } = await request(`${url}${path}`, {
    method,
    reset: true,
    ...(value && {
      body: JSON.stringify(value),
      headers: { 'content-type': 'application/json' },
    }),
  });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(text);
  return JSON.parse(text);
}

async function listening(): Promise<Platform> {
  for (;;) {
    try {
      return await startPlatform({ port: platformPort });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
}
