/** A sync whose fields are called like their columns. */
import { Sync } from '../shared/contracts/sync.ts';

export const audienceSync = (columns: readonly string[]): Sync =>
  Sync.parse({
    id: 'audience',
    name: 'Audience',
    destination: 'platform',
    audience: { id: 'audience', name: 'Audience' },
    source: { bucket: 'exports', prefix: '' },
    key: ['id'],
    version: 1,
    mappings: Object.fromEntries(columns.map((column) => [column, { column }])),
  });
