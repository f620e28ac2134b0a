/** Asks the platform over HTTP what it holds, and the snapshot's files what it should hold. */
import { fileURLToPath } from 'node:url';
import { DuckDBInstance } from '@duckdb/node-api';
import { request } from 'undici';
import { z } from 'zod';
import { type SampleFormat, sampleFields, sampleFile } from './sample.ts';

const Page = z.object({
  members: z.array(z.record(z.string(), z.unknown())),
  next: z.string().nullish(),
});

/** Members by email, as the platform tells them. */
export async function platformMembers(url: string, audience: string): Promise<Map<string, string>> {
  const members = new Map<string, string>();
  let after: string | null | undefined = '';
  while (after !== undefined && after !== null) {
    const { body } = await request(
      `${url}/audiences/${audience}/members?limit=1000&after=${encodeURIComponent(after)}`,
    );
    const page: z.infer<typeof Page> = Page.parse(await body.json());
    for (const member of page.members) members.set(String(member['email']), comparable(member));
    after = page.next;
  }
  return members;
}

/** The same of the files, by a query that shares no code with the plan. */
export async function snapshotMembers(
  parts: readonly number[],
  format: SampleFormat = 'parquet',
): Promise<Map<string, string>> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const files = parts.map(
    (part) => `'${fileURLToPath(sampleFile(part, format)).replaceAll("'", "''")}'`,
  );
  const list = `[${files.join(', ')}]`;
  const source =
    format === 'csv' ? `read_csv(${list}, all_varchar = true)` : `read_parquet(${list})`;
  const columns = Object.entries(sampleFields).map(
    ([field, column]) => `"${column}" AS "${field}"`,
  );
  const rows = await connection.runAndReadAll(
    `SELECT DISTINCT ${columns.join(', ')} FROM ${source} WHERE email <> ''`,
  );
  const members = rows
    .getRowObjectsJson()
    .map((row) => [String(row['email']), comparable(row)] as const);
  connection.closeSync();
  instance.closeSync();
  return new Map(members);
}

/** Empty values are not sent, and the order of fields says nothing. */
const comparable = (member: Readonly<Record<string, unknown>>) =>
  JSON.stringify(
    Object.entries(member)
      .filter(([, value]) => value !== '' && value !== null)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );

export interface Comparison {
  readonly expected: number;
  readonly found: number;
  readonly missing: number;
  readonly different: number;
  readonly surplus: number;
}

export function compare(
  expected: ReadonlyMap<string, string>,
  found: ReadonlyMap<string, string>,
): Comparison {
  const keys = [...expected.keys()];
  return {
    expected: expected.size,
    found: found.size,
    missing: keys.filter((key) => !found.has(key)).length,
    different: keys.filter((key) => found.has(key) && found.get(key) !== expected.get(key)).length,
    surplus: [...found.keys()].filter((key) => !expected.has(key)).length,
  };
}

export const isEqual = ({ missing, different, surplus }: Comparison): boolean =>
  missing + different + surplus === 0;
