/** The chunk of the send bench: records of about 250 bytes on the wire, in requests of 1,000. */
import { createHash } from 'node:crypto';
import { Destination } from '../../shared/contracts/destination.ts';
import type { JsonValue } from '../../shared/contracts/json.ts';
import type { ChunkLine } from '../../shared/contracts/plan.ts';
import { type Delivery, deliveryOf } from '../../shared/domain/request/delivery.ts';
import { recordTools } from '../../shared/records/tools.ts';
import { audienceSync } from '../../test/audience-sync.ts';

export const batchSize = 1_000;

const columns = ['city', 'country', 'email', 'first', 'last', 'phone', 'value'];

export function destinationAt(port: number): Destination {
  const fields = columns.map((name) => `"${name}": ${name}`).join(', ');
  return Destination.parse({
    id: 'platform',
    name: 'Platform',
    baseUrl: `http://127.0.0.1:${port}`,
    version: 1,
    actions: {
      insert: { path: '/members', batchSize, body: `{"members": [$$.records.{${fields}}]}` },
    },
  });
}

const sync = audienceSync(columns);

export const deliveryTo = (destination: Destination): Delivery =>
  deliveryOf(destination, sync, {
    records: recordTools,
    targets: { allowLoopbackHttp: true },
  });

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** As a chunk is read: every record a text of its own. */
export function linesOf({ records }: Delivery, count: number): ChunkLine[] {
  return Array.from({ length: count }, (_, index): ChunkLine => {
    const row: Record<string, JsonValue> = {
      city: ['Berlin', 'Paris', 'Lisboa'][index % 3] ?? '',
      country: ['DE', 'FR', 'PT'][index % 3] ?? '',
      email: sha256(`member${index}@example.com`),
      first: ['Ada', 'Grace', 'Zoë', 'Li'][index % 4] ?? '',
      last: `Name${index}`,
      phone: sha256(`+4930${1_000_000 + index}`),
      value: index * 7,
    };
    const made = records.make(records.columns.map((name) => row[name] ?? null));
    if (!made.ok) throw new Error(made.fault.reason);
    return { key: `customer-${index}`, action: 'insert', record: made.record };
  });
}
