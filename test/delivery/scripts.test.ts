/** A platform that plays a script, and what becomes of each record. */
import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { sampleDestination } from '../../local/sample.ts';
import { addSync, type FlowWorld, mirrorFiles, startWorld, tellFaults } from '../flow/world.ts';

interface Case {
  readonly name: string;
  readonly members: number;
  readonly script?: readonly unknown[];
  /** Members the platform refuses, with every batch they are in. */
  readonly reject?: readonly number[];
  readonly maxBatch?: number;
  readonly rules?: { readonly success?: string; readonly failed?: string };
  readonly destination?: { readonly batchSize?: number; readonly onRefusal?: 'bisect' | 'fail' };
  readonly requests: number;
  /** Different idempotency keys among them. */
  readonly keys: number;
  readonly insert: Readonly<Record<string, number>>;
  readonly uncertain: number;
  readonly status: string;
  readonly reasons?: readonly string[];
  readonly error?: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./scripts.json', import.meta.url), 'utf8'),
);

let world: FlowWorld;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.close());

const email = (member: number) => `member${member}@example.com`;

const Requests = z.object({
  requests: z.array(z.object({ path: z.string(), idempotencyKey: z.string().nullable() })),
});

async function requestsTo(audience: string): Promise<(string | null)[]> {
  const { body } = await request(`${world.platform.url}/requests`);
  const { requests } = Requests.parse(await body.json());
  return requests
    .filter(({ path }) => path.includes(`/${audience}/`))
    .map(({ idempotencyKey }) => idempotencyKey);
}

test.each(cases.map((each, number) => [each.name, number, each] as const))(
  '%s',
  async (_name, number, given) => {
    const id = `script-${number}`;
    const { actions } = sampleDestination(world.platform.url);
    const { batchSize, ...settings } = given.destination ?? {};
    const insert = actions.insert && {
      ...actions.insert,
      batchSize: batchSize ?? 100,
      ...(given.rules && { responseRules: given.rules }),
    };
    await addSync(world, id, {
      destination: {
        ...settings,
        concurrency: 1,
        ...(insert && { actions: { ...actions, insert } }),
      },
    });
    await tellFaults(world, {
      ...(given.script && { script: given.script }),
      ...(given.reject && { rejectMembers: given.reject.map(email) }),
      ...(given.maxBatch && { maxBatch: given.maxBatch }),
    });
    const rows = Array.from({ length: given.members }, (_, i) => `${email(i)},A,B,C,D`);
    const csv = ['email,first_name,last_name,country,title', ...rows].join('\n');
    const run = await mirrorFiles(world, id, new Map([['members.csv', csv]]));
    await tellFaults(world, undefined);

    const keys = await requestsTo(id);
    expect(keys).toHaveLength(given.requests);
    expect(new Set(keys).size).toBe(given.keys);
    const none = { delivered: 0, rejected: 0, uncertain: 0, unsent: 0, invalid: 0 };
    expect(run.result?.counts?.insert).toEqual({ ...none, ...given.insert });
    expect(run.result?.counts?.mirror.uncertain).toBe(given.uncertain);
    expect(run.status).toBe(given.status);
    expect(run.result?.error?.code).toBe(given.error);
    expect(JSON.stringify(run)).not.toContain('@example.com');
    for (const code of given.reasons ?? []) {
      expect(run.result?.reasons?.map((reason) => reason.code)).toContain(code);
    }
  },
);
