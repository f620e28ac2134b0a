/** The destination and the sync of a script, as people would save them. */
import { DestinationInput } from '../../shared/contracts/destination.ts';
import { SyncInput } from '../../shared/contracts/sync.ts';
import type { Mapping } from './audience.ts';
import { lateMs } from './id-manners.ts';
import { jobOf } from './job-manners.ts';
import type { SyncScript } from './script.ts';

export function destinationOf(sync: SyncScript): DestinationInput {
  const { id, lanes, batchSize, manners } = sync;
  const path = '/audiences/{{connection.audienceId}}/members';
  const name = keyName(sync.isByEmail);
  const known = sync.isByEmail ? { email: { required: true } } : {};
  const city =
    !manners || manners.noCity === 'unsaid' ? {} : { city: { whenEmpty: manners.noCity } };
  const bodyOf = (names: readonly string[]) =>
    `{"members": [$$.records.{${names.map((each) => `"${each}": ${each}`).join(', ')}}]}`;
  const body = bodyOf([name, 'name', 'city']);
  const failed = '$$.body.errors';
  const responseRules = manners
    ? { failed, success: '$$.body.ok = true', retry: '$$.body.again' }
    : { failed };
  const job = manners?.jobs && { job: jobOf(manners.jobs) };
  const ids = manners?.ids;
  const byId = (names: readonly string[]) => bodyOf([...names, 'platformId']);
  const found = ids?.tells ? { responseRules: { ...responseRules, ids: '$$.body.found' } } : {};
  const upsert = { path, batchSize, body, fields: { ...known, ...city }, responseRules, ...job };
  return DestinationInput.parse({
    id: `to-${id}`,
    name: `Platform of ${id}`,
    baseUrl: 'https://platform.example.com',
    concurrency: lanes,
    actions: {
      insert: { method: 'POST', ...upsert, ...found },
      update: ids
        ? { method: 'PUT', ...upsert, body: byId([name, 'name', 'city']) }
        : manners?.isStrict
          ? { method: 'PUT', ...upsert }
          : 'insert',
      delete: {
        method: 'DELETE',
        path,
        batchSize,
        body: ids ? byId([]) : bodyOf([name]),
        fields: ids ? {} : known,
        ...(manners && { responseRules }),
        ...job,
      },
      ...(ids && {
        lookup: {
          path: '/audiences/{{connection.audienceId}}/lookup',
          batchSize: 3,
          body: bodyOf([name]),
          fields: known,
          responseRules: {
            success: '$exists($$.body.found)',
            ids: '$$.body.found',
            retry: '$$.body.again',
          },
          lagSeconds: ids.isLate ? (2 * lateMs) / 1_000 : 0,
        },
      }),
    },
  });
}

/** What the platform knows members by: a column, and a field of the templates. */
const keyName = (isByEmail = false) => (isByEmail ? 'email' : 'id');

export const syncOf = (
  {
    id,
    retryFailed,
    isByEmail,
    snapshots,
    hashesKeys,
    guards = {},
    canary,
  }: Omit<SyncScript, 'lanes' | 'batchSize'>,
  { cityColumn, lowercase }: Mapping,
): SyncInput =>
  SyncInput.parse({
    id,
    name: `Sync ${id}`,
    destination: `to-${id}`,
    audience: { id: `audience-${id}`, name: 'Audience' },
    source: {
      bucket: 'warehouse',
      prefix: `exports/${id}/`,
      completeness: { by: 'settled', settledSeconds: 5 },
    },
    key: ['id'],
    mappings: {
      [keyName(isByEmail)]: { column: keyName(isByEmail) },
      name: { column: 'name' },
      city: { column: cityColumn },
    },
    normalise: {
      ...(lowercase && { name: ['lowercase'] }),
      ...(isByEmail && { email: ['lowercase'] }),
    },
    retryFailed,
    deadlineHours: 6,
    guards,
    ...(canary && { canary }),
    alerts: { withoutSuccessHours: 24 },
    observability: { snapshotsToRetain: snapshots, logKeys: hashesKeys ? 'hmac' : 'plain' },
  });
