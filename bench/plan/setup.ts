/** The audience of the plan bench: yesterday's and today's export, and how it is sent. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { z } from 'zod';
import { Destination } from '../../shared/contracts/destination.ts';
import { audienceSync } from '../../test/audience-sync.ts';

export const columns = ['city', 'country', 'email', 'first', 'last', 'value'];
const inRecord = ['id', ...columns];
const fields = inRecord.map((name) => `"${name}": ${name}`).join(', ');
const action = {
  path: '/members',
  batchSize: 1_000,
  body: `{"members": [$$.records.{${fields}}]}`,
  fields: { email: { required: true, hash: 'SHA256' } },
};

/** What a delete names: a hashed address, by which two members may be one to the platform; or the key, by which they are not. */
export const Named = z.enum(['email', 'id']);
export type Named = z.infer<typeof Named>;

export const destinationBy = (named: Named): Destination =>
  Destination.parse({
    id: 'platform',
    name: 'Platform',
    baseUrl: 'https://api.example.com',
    version: 1,
    actions: {
      insert: action,
      update: 'insert',
      delete: {
        ...action,
        method: 'DELETE',
        body: `{"members": [$$.records.{"${named}": ${named}}]}`,
        fields: named === 'email' ? action.fields : {},
      },
    },
  });

export const sync = audienceSync(inRecord);

export type Day = 'yesterday' | 'today';
export const exportOf = (folder: string, day: Day) => join(folder, `${day}.parquet`);

const select = (from: number, to: number, value: string) => `
  SELECT printf('customer-%08d', i) AS id, printf('member%d@example.com', i) AS email,
    ['Ada', 'Grace', 'Zoë', 'Li'][1 + i % 4] AS first, printf('Name%d', i) AS last,
    ['Berlin', 'Paris', 'Lisboa'][1 + i % 3] AS city, ['DE', 'FR', 'PT'][1 + i % 3] AS country,
    (${value})::INTEGER AS value
  FROM range(${from}, ${to}) AS numbers(i) ORDER BY hash(i)`;

/** Of a hundred changes, so many members leave, so many join, and the rest have another value. */
const share = { leaves: 0.3, joins: 0.3, changes: 0.4 };

/**
 * In no order, as a warehouse unloads a table.
 * @param changed of the rows, in percent
 */
export async function writeExports(folder: string, rows: number, changed: number): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const of = (part: number) => Math.round((rows * changed * part) / 100);
  const [left, joined] = [of(share.leaves), of(share.joins)];
  const value = 'i * 7 % 1000';
  const oneIn = changed > 0 ? Math.round(100 / (changed * share.changes)) : 0;
  const other = oneIn > 0 ? `${value} + CASE WHEN i % ${oneIn} = 0 THEN 1 ELSE 0 END` : value;
  const exports: [Day, string][] = [
    ['yesterday', select(0, rows, value)],
    ['today', select(left, rows + joined, other)],
  ];
  for (const [day, query] of exports) {
    await connection.run(`COPY (${query}) TO '${exportOf(folder, day)}' (FORMAT parquet)`);
  }
  connection.closeSync();
  instance.closeSync();
}

/** Of the clock, and of all cores together. */
const Took = z.object({ seconds: z.number(), cpuSeconds: z.number() });
export type Took = z.infer<typeof Took>;

/** Gives what was taken since it began. */
export function stopwatch(): () => Took {
  const [at, cpu] = [performance.now(), process.cpuUsage()];
  return () => {
    const { user, system } = process.cpuUsage(cpu);
    return { seconds: (performance.now() - at) / 1_000, cpuSeconds: (user + system) / 1_000_000 };
  };
}

/** What one way of planning took and found; printed by its process. */
export const Measured = Took.extend({
  /** Of the whole process. */
  peakMiB: z.number(),
  /** Where they are told apart. */
  plan: Took.optional(),
  close: Took.optional(),
  insert: z.number(),
  update: z.number(),
  delete: z.number(),
});
export type Measured = z.infer<typeof Measured>;

export function tell(took: Took, found: Omit<Measured, keyof Took | 'peakMiB'>): void {
  // `maxRSS` is in KiB.
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(JSON.stringify({ ...took, peakMiB, ...found }));
}
