/** The sample audience: real files, mirrored to the sample platform. */
import { readFile } from 'node:fs/promises';
import { DestinationInput } from '../shared/contracts/destination.ts';
import { SyncInput } from '../shared/contracts/sync.ts';
import { buckets } from './aws/function-wiring.ts';

export const sampleSync = 'customers';
export const samplePrefix = 'exports/customers/';
export const sampleAudience = 'customers';

/** Columns of the files that the platform gets, by the field of the template. */
export const sampleFields = {
  email: 'email',
  firstName: 'first_name',
  lastName: 'last_name',
  country: 'country',
  title: 'title',
} as const;

const fields = Object.keys(sampleFields);
const member = `{${fields.map((field) => `"${field}": ${field}`).join(', ')}}`;
const path = '/audiences/{{connection.audienceId}}/members';

export const sampleDestination = (platformUrl: string): DestinationInput =>
  DestinationInput.parse({
    id: 'sample-platform',
    name: 'Sample platform',
    baseUrl: platformUrl,
    concurrency: 2,
    actions: {
      insert: { method: 'POST', path, batchSize: 100, body: `{"members": [$$.records.${member}]}` },
      update: 'insert',
      delete: {
        method: 'DELETE',
        path,
        batchSize: 100,
        body: '{"members": [$$.records.{"email": email}]}',
      },
    },
  });

export const sampleSyncOf = (): SyncInput =>
  SyncInput.parse({
    id: sampleSync,
    name: 'Customers',
    destination: 'sample-platform',
    audience: { id: sampleAudience, name: 'Customers' },
    source: { bucket: buckets.snapshots, prefix: samplePrefix },
    key: ['email'],
    mappings: Object.fromEntries(
      Object.entries(sampleFields).map(([field, column]) => [field, { column }]),
    ),
    // From one sample snapshot to the next half of the members leave: the usual guard would hold that.
    guards: { deletesShare: 0.6 },
  });

export type SampleFormat = 'parquet' | 'csv';

export const sampleFile = (part: number, format: SampleFormat = 'parquet'): URL =>
  new URL(`./sample/userdata${part}.${format}`, import.meta.url);

/** The files of a snapshot made of these parts, by name. */
export async function sampleFiles(
  parts: readonly number[],
  format: SampleFormat = 'parquet',
): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const part of parts) {
    files.set(`userdata${part}.${format}`, await readFile(sampleFile(part, format)));
  }
  return files;
}
