/** Destinations and syncs in the table: one partition each, as they are few. */
import { z } from 'zod';
import { Destination, DestinationInput } from '../contracts/destination.ts';
import { Sync, SyncInput } from '../contracts/sync.ts';
import type { ConfigStore } from '../ports.ts';
import type { Items } from './items.ts';

const destinations = 'DESTINATIONS';
const syncs = 'SYNCS';

const Saved = z.object({
  config: z.record(z.string(), z.unknown()),
  version: z.number().int().positive(),
});

const whole = <T>(schema: z.ZodType<T>, { config, version }: z.infer<typeof Saved>): T =>
  schema.parse({ ...config, version });

/** Counts the version up in the same write. */
async function save<T>(
  items: Items,
  schema: z.ZodType<T>,
  pk: string,
  config: { id: string },
): Promise<T> {
  const saved = await items.update(
    Saved,
    { pk, sk: config.id },
    { set: { config }, add: { version: 1 } },
  );
  return whole(schema, { config, version: saved?.version ?? 1 });
}

async function read<T>(
  items: Items,
  schema: z.ZodType<T>,
  pk: string,
  id: string,
): Promise<T | undefined> {
  const found = await items.get(Saved, { pk, sk: id });
  return found && whole(schema, found);
}

export const createConfigStore = (items: Items): ConfigStore => ({
  putDestination: (input) => save(items, Destination, destinations, DestinationInput.parse(input)),
  putSync: (input) => save(items, Sync, syncs, SyncInput.parse(input)),
  getDestination: (id) => read(items, Destination, destinations, id),
  getSync: (id) => read(items, Sync, syncs, id),
  listSyncs: async () => (await items.query(Saved, syncs, '')).map((found) => whole(Sync, found)),
});
