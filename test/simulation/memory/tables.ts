/** What the engines in memory keep: JSON in the place of Parquet. */

import type { LogRecord } from '../../../shared/contracts/sync-log.ts';
import type { MirrorEntry } from '../../../shared/domain/plan/mirror.ts';
import type { StateStore } from '../../../shared/ports/objects.ts';

export type Entry = MirrorEntry & {
  readonly digest: bigint | null;
  readonly identity?: string | undefined;
};
export type Mirror = Map<string, Entry>;

export const encode = (value: unknown) =>
  Buffer.from(JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? `${each}` : each)));
export const decode = (body: Uint8Array) =>
  JSON.parse(Buffer.from(body).toString(), (name, each) =>
    name === 'digest' && typeof each === 'string' ? BigInt(each) : each,
  );

/** What of a run was logged in memory; nothing where there is no log. */
export const readMemoryLog = (body: Uint8Array | undefined): LogRecord[] =>
  body ? decode(body) : [];

export async function readMirror(state: StateStore, location: string | undefined): Promise<Mirror> {
  if (location === undefined) return new Map();
  const body = await state.get(location);
  if (!body) throw new Error(`The mirror ${location} is gone.`);
  return new Map(decode(body));
}

export const compareKeys = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));
