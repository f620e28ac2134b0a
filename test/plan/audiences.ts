/** Small random audiences, what a platform should hold of them, and plans over them. */

import { Destination } from '../../shared/contracts/destination.ts';
import type { PinnedObject, Snapshot } from '../../shared/contracts/snapshot.ts';
import { Sync } from '../../shared/contracts/sync.ts';
import type { Chunk } from '../../shared/domain/plan/chunk.ts';
import { type Delivery, deliveryOf } from '../../shared/domain/request/delivery.ts';
import type { PlanInput } from '../../shared/ports/plan-engine.ts';
import { recordTools } from '../../shared/records/tools.ts';
import fc from '../fast-check.ts';
import { plainMapping } from '../simulation/audience.ts';
import { destinationOf, syncOf } from '../simulation/settings.ts';
import { snapshotOf } from '../snapshot-of.ts';
import { usualReading } from '../usual-reading.ts';

/** No empty texts: CSV cannot tell them from none. */
export interface Row {
  readonly id: string | null;
  readonly name: string | null;
  readonly city: string | null;
}

const text = fc.oneof(
  fc.constantFrom('Ada', 'ada', 'Bo', '1', '01', '"', 'a,b', 'a\nb', '\\', 'é', '😀', '\uffee'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 5 })
    .filter((each) => !/[\0\r]/.test(each)),
);
const often = fc.constantFrom('k1', 'k2', 'k3', 'K1', '1', '01', 'ä', '😀', '\uffee');
const row = fc.record<Row>({
  id: fc.oneof({ weight: 8, arbitrary: often }, { weight: 4, arbitrary: text }, fc.constant(null)),
  name: fc.oneof({ weight: 8, arbitrary: text }, fc.constant(null)),
  city: fc.option(fc.constantFrom('Aachen', 'Bonn')),
});
export const audience = fc.array(row, { maxLength: 30 });
/** Of a plan's chunks. */
export const shape = fc.record({
  batchSize: fc.integer({ min: 1, max: 4 }),
  requests: fc.integer({ min: 1, max: 3 }),
  /** Updates have requests of their own. */
  ownUpdates: fc.boolean(),
});
export type Shape = typeof shape extends fc.Arbitrary<infer S> ? S : never;

/** A row without a name is invalid. */
export function deliveryFor({ batchSize, ownUpdates }: Shape): Delivery {
  const plain = destinationOf({ id: 's', lanes: 2, batchSize, retryFailed: true });
  const insert = { ...plain.actions.insert, fields: { name: { required: true } } };
  const update = ownUpdates ? { ...insert, path: '/updates' } : 'insert';
  const destination = Destination.parse({
    ...plain,
    version: 1,
    actions: { ...plain.actions, insert, update },
  });
  const sync = Sync.parse({ ...syncOf({ id: 's', retryFailed: true }, plainMapping), version: 1 });
  return deliveryOf(destination, sync, {
    records: recordTools,
    targets: { allowLoopbackHttp: false },
  });
}

export const inputOf = (
  delivery: Delivery,
  format: Snapshot['format'],
  objects: PinnedObject[],
  mirror: PlanInput['mirror'],
): PlanInput => ({
  wanted: {
    kind: 'snapshot',
    snapshot: snapshotOf(format, objects),
    reading: usualReading,
  },
  key: ['id'],
  columns: delivery.records.columns,
  fingerprint: delivery.records.fingerprint,
  mirror,
  retryFailed: true,
});

export type Members = ReadonlyMap<string, Row>;

/** What a platform that held `before` should hold after a run over the rows: by the words of the design alone. */
export function after(before: Members, rows: readonly Row[]): Members {
  const members = new Map<string, Row>();
  for (const [id, same] of Map.groupBy(rows, (each) => each.id)) {
    if (id === null) continue;
    const [first, ...others] = same.map(({ name, city }) => JSON.stringify([name, city]));
    const held = before.get(id);
    const isGood = others.every((each) => each === first) && same[0]?.name !== null;
    if (isGood && same[0]) members.set(id, same[0]);
    else if (held) members.set(id, held);
  }
  return members;
}

/** A platform by our keys, told of every line: deletes first. */
export function apply(members: Members, chunks: readonly Chunk[]): Members {
  const next = new Map(members);
  const inPhase = (phase: Chunk['phase']) => chunks.filter((each) => each.phase === phase);
  for (const { key, action, record } of [...inPhase('deleting'), ...inPhase('upserting')].flatMap(
    ({ lines }) => lines,
  )) {
    const { id, name, city } = JSON.parse(record);
    if (action === 'delete') next.delete(key);
    else next.set(key, { id, name, city: city ?? null });
  }
  return next;
}

export const sorted = (members: Members) =>
  [...members].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
