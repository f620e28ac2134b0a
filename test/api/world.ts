/** A running system and its API, for tests that call it as a program would. */

import { request } from 'undici';
import { z } from 'zod';
import { buckets } from '../../local/aws/function-wiring.ts';
import type { LocalMirror } from '../../local/mirror.ts';
import { sampleDestination, sampleSyncOf } from '../../local/sample.ts';
import type { DestinationInput } from '../../shared/contracts/destination.ts';
import type { SyncInput } from '../../shared/contracts/sync.ts';
import { type FlowWorld, startWorld } from '../flow/world.ts';

const Body = z.looseObject({
  id: z.string().optional(),
  code: z.string().optional(),
  detail: z.string().optional(),
  requestId: z.string().optional(),
  problems: z
    .array(z.looseObject({ pointer: z.string(), path: z.string(), code: z.string() }))
    .optional(),
  warnings: z.array(z.looseObject({ code: z.string() })).optional(),
});

export interface Asked {
  readonly body?: object | string | Uint8Array;
  readonly headers?: Readonly<Record<string, string>>;
  readonly reads?: boolean;
}

export interface ApiAnswer extends z.infer<typeof Body> {
  readonly http: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

export interface ApiWorld extends FlowWorld<LocalMirror> {
  /** `POST /syncs`, below the version. */
  ask(what: string, asked?: Asked): Promise<ApiAnswer>;
  destination(id: string, changes?: Partial<DestinationInput>): DestinationInput;
  sync(id: string, changes?: Partial<SyncInput>): SyncInput;
}

export async function startApiWorld(): Promise<ApiWorld> {
  const world = await startWorld();
  const api = await world.mirror.serve();
  const csv = Buffer.from('email,first_name,last_name,country,title\nada@example.com,Ada,B,C,1\n');
  await world.mirror.export('exports/people/', new Map([['people.csv', csv]]));
  return {
    ...world,
    async ask(what, { body, headers = {}, reads = false } = {}) {
      const [method, path] = what.split(' ');
      const isRaw = typeof body === 'string' || body instanceof Uint8Array;
      const answer = await request(`${api.url}/v1${path}`, {
        method: method as 'GET',
        headers: {
          authorization: `Bearer ${reads ? api.tokens.read : api.tokens.write}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: isRaw ? body : JSON.stringify(body) }),
      });
      const text = await answer.body.text();
      const isJson = /json/.test(String(answer.headers['content-type']));
      return {
        http: answer.statusCode,
        text,
        ...Body.parse(isJson ? JSON.parse(text) : {}),
        headers: Object.fromEntries(
          Object.entries(answer.headers).map(([name, value]) => [name, String(value)]),
        ),
      };
    },
    destination: (id, changes = {}) => ({
      ...sampleDestination(world.platform.url),
      id,
      name: `To ${id}`,
      ...changes,
    }),
    sync: (id, changes = {}) => ({
      ...sampleSyncOf(),
      source: { ...sampleSyncOf().source, bucket: buckets.snapshots, prefix: 'exports/people/' },
      id,
      name: `Of ${id}`,
      destination: 'crm',
      audience: { id, name: id },
      ...changes,
    }),
  };
}
