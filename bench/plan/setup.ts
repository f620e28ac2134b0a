/** The audience of the plan bench: yesterday's and today's export, and how it is sent. */
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { Destination } from '../../shared/contracts/destination.ts';
import { audienceSync } from '../../test/audience-sync.ts';

export const rows = 300_000;
/** One in so many members leaves, one joins, and one has another value. */
const oneIn = { leaves: 67, joins: 67, changes: 50 };

export const columns = ['city', 'country', 'email', 'first', 'last', 'value'];
const fields = columns.map((name) => `"${name}": ${name}`).join(', ');
const action = {
  path: '/members',
  batchSize: 1_000,
  body: `{"members": [$$.records.{${fields}}]}`,
  fields: { email: { required: true, hash: 'SHA256' } },
};

export const destination = Destination.parse({
  id: 'platform',
  name: 'Platform',
  baseUrl: 'https://api.example.com',
  version: 1,
  actions: { insert: action, update: 'insert', delete: { ...action, method: 'DELETE' } },
});

export const sync = audienceSync(columns);

export type Day = 'yesterday' | 'today';
export const exportOf = (folder: string, day: Day) => join(folder, `${day}.parquet`);

const select = (from: number, to: number, value: string) => `
  SELECT printf('customer-%08d', i) AS id, printf('member%d@example.com', i) AS email,
    ['Ada', 'Grace', 'Zoë', 'Li'][1 + i % 4] AS first, printf('Name%d', i) AS last,
    ['Berlin', 'Paris', 'Lisboa'][1 + i % 3] AS city, ['DE', 'FR', 'PT'][1 + i % 3] AS country,
    (${value})::INTEGER AS value
  FROM range(${from}, ${to}) AS numbers(i) ORDER BY hash(i)`;

/** In no order, as a warehouse unloads a table. */
export async function writeExports(folder: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const left = Math.round(rows / oneIn.leaves);
  const joined = Math.round(rows / oneIn.joins);
  const value = 'i * 7 % 1000';
  const changed = `${value} + CASE WHEN i % ${oneIn.changes} = 0 THEN 1 ELSE 0 END`;
  const exports: [Day, string][] = [
    ['yesterday', select(0, rows, value)],
    ['today', select(left, rows + joined, changed)],
  ];
  for (const [day, query] of exports) {
    await connection.run(`COPY (${query}) TO '${exportOf(folder, day)}' (FORMAT parquet)`);
  }
  connection.closeSync();
  instance.closeSync();
}

/** What one way of planning took and found; printed by its process. */
export interface Measured {
  readonly seconds: number;
  /** Of the whole process. */
  readonly peakMiB: number;
  readonly insert: number;
  readonly update: number;
  readonly delete: number;
}

export function tell(startedAt: number, found: Omit<Measured, 'seconds' | 'peakMiB'>): void {
  const seconds = (performance.now() - startedAt) / 1_000;
  // `maxRSS` is in KiB.
  const peakMiB = Math.round(process.resourceUsage().maxRSS / 1_024);
  console.log(JSON.stringify({ seconds, peakMiB, ...found }));
}
