/** A platform that plays a script, and what becomes of each record. */
import { readFileSync } from 'node:fs';
import { request } from 'undici';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { startPlatform } from '../../local/platform/platform.ts';
import { sampleDestination } from '../../local/sample.ts';
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { addSync, type FlowWorld, grounds, mirrorFiles, tellFaults } from '../flow/world.ts';

interface Case {
  readonly name: string;
  readonly members: number;
  /** Of them, in the second snapshot no more: what follows is what that run meets. */
  readonly leave?: number;
  readonly script?: readonly unknown[];
  /** Members the platform refuses, with every batch they are in. */
  readonly reject?: readonly number[];
  readonly maxBatch?: number;
  readonly rules?: { readonly success?: string; readonly failed?: string };
  readonly batchSize?: number;
  readonly destination?: Partial<DestinationInput>;
  readonly requests: number;
  /** Different idempotency keys among them. */
  readonly keys: number;
  /** The ends of the keys in order of arrival: phase and chunk, and the positions. */
  readonly order?: readonly string[];
  readonly insert?: Readonly<Record<string, number>>;
  readonly delete?: Readonly<Record<string, number>>;
  readonly uncertain: number;
  readonly status: string;
  readonly reasons?: readonly string[];
  readonly error?: string;
}

const cases: readonly Case[] = JSON.parse(
  readFileSync(new URL('./scripts.json', import.meta.url), 'utf8'),
);

const email = (member: number) => `member${member}@example.com`;

const Requests = z.object({
  requests: z.array(z.object({ path: z.string(), idempotencyKey: z.string().nullable() })),
});

async function requestsTo({ platform }: FlowWorld, audience: string): Promise<(string | null)[]> {
  const { body } = await request(`${platform.url}/requests`);
  const { requests } = Requests.parse(await body.json());
  return requests
    .filter(({ path }) => path.includes(`/${audience}/`))
    .map(({ idempotencyKey }) => idempotencyKey);
}

const csv = (members: readonly number[]) =>
  new Map([
    [
      'members.csv',
      [
        'email,first_name,last_name,country,title',
        ...members.map((member) => `${email(member)},A,B,C,D`),
      ].join('\n'),
    ],
  ]);

async function prepare(world: FlowWorld, id: string, given: Case): Promise<number[]> {
  const { actions } = sampleDestination(world.platform.url);
  const { members, leave, batchSize = 100, rules, destination } = given;
  const withBatch = (action: typeof actions.insert) => action && { ...action, batchSize };
  const insert = { ...withBatch(actions.insert), ...(rules && { responseRules: rules }) };
  await addSync(world, id, {
    destination: {
      concurrency: 1,
      actions: DestinationInput.shape.actions.parse({
        ...actions,
        insert,
        delete: withBatch(actions.delete),
      }),
      ...destination,
    },
  });
  const all = Array.from({ length: members }, (_, member) => member);
  if (leave === undefined) return all;
  await mirrorFiles(world, id, csv(all));
  return all.slice(leave);
}

let begun = 0;

/** Each at a platform of its own, so that they wait for theirs at the same time. */
describe.each(grounds)(
  'a platform that plays, $on',
  { timeout: 120_000, concurrent: true },
  ({ start }) => {
    let shared: FlowWorld;
    beforeAll(async () => {
      shared = await start();
    });
    afterAll(() => shared.close());

    test.for(cases)('$name', async (given, { onTestFinished }) => {
      // Another at each try: what an earlier one left would be another story.
      const id = `script-${++begun}`;
      const platform = await startPlatform();
      onTestFinished(() => platform.close());
      const world = { ...shared, platform };
      const members = await prepare(world, id, given);
      const before = (await requestsTo(world, id)).length;
      await tellFaults(world, {
        ...(given.script && { script: given.script }),
        ...(given.reject && { rejectMembers: given.reject.map(email) }),
        ...(given.maxBatch && { maxBatch: given.maxBatch }),
      });
      const run = await mirrorFiles(world, id, csv(members));
      await tellFaults(world, undefined);

      const keys = (await requestsTo(world, id)).slice(before);
      expect(keys).toHaveLength(given.requests);
      expect(new Set(keys).size).toBe(given.keys);
      if (given.order)
        expect(keys.map((key) => key?.split('-').slice(2).join('-'))).toEqual(given.order);
      const none = { delivered: 0, rejected: 0, uncertain: 0, unsent: 0, invalid: 0 };
      expect(run.result?.counts?.insert).toEqual({ ...none, ...given.insert });
      expect(run.result?.counts?.delete).toEqual({ ...none, ...given.delete });
      expect(run.result?.counts?.mirror.uncertain).toBe(given.uncertain);
      expect(run.status).toBe(given.status);
      expect(run.result?.error?.code).toBe(given.error);
      expect(JSON.stringify(run)).not.toContain('@example.com');
      for (const code of given.reasons ?? []) {
        expect(run.result?.reasons?.map((reason) => reason.code)).toContain(code);
      }
    });
  },
);
