/**
 * Removals: for platforms that know people by their identity and not by a key of ours. What a key leaves behind
 * at the platform when it goes, or when its identity becomes another, is removed; but never an identity that
 * another member has, too.
 */
import type { MirrorEntry } from './mirror.ts';
import type { Place } from './plan.ts';

/** A record of a key that is to be removed from the platform, unless another member has its identity. */
export interface Removal {
  readonly key: string;
  /** Of those of a key that the snapshot lacks, the one that stands for its delete: of the record last sent. */
  readonly isDelete: boolean;
  readonly record: string;
  /** Undefined: the record has none, so nobody can share it. */
  readonly identity: string | undefined;
  /** By which the platform knows the record, where the mirror has them. */
  readonly ids?: readonly string[] | undefined;
}

export interface ComparedRemoval extends Removal {
  /** What answers for the removal in its place, where another member has the identity. */
  readonly holder: Place | undefined;
  /** Another removal has the identity, too: one request takes it from the platform, and answers for both. */
  readonly isShared: boolean;
}

type IdentityOf = (record: string) => string | undefined;

/** One for each identity the platform may hold of a key that leaves; the record last sent is always among them. */
export function removalsOfLeaving(key: string, mirror: MirrorEntry, of: IdentityOf): Removal[] {
  const last = of(mirror.record);
  const others = otherIdentities([...mirror.previous], last, of);
  return [
    { key, isDelete: true, record: mirror.record, identity: last, ids: mirror.ids },
    ...others.map(([identity, record]) => ({ key, isDelete: false, record, identity })),
  ];
}

/** One for each identity the platform may hold of a key, that is not its row's. */
export function removalsOfChanged(
  key: string,
  mirror: MirrorEntry,
  current: string | undefined,
  of: IdentityOf,
): Removal[] {
  return otherIdentities([mirror.record, ...mirror.previous], current, of).map(
    ([identity, record]) => ({
      ...{ key, isDelete: false, record, identity },
      ids: record === mirror.record ? mirror.ids : undefined,
    }),
  );
}

function otherIdentities(
  records: readonly string[],
  current: string | undefined,
  of: IdentityOf,
): [identity: string, record: string][] {
  const found = new Map<string, string>();
  for (const record of records) {
    const identity = of(record);
    if (identity !== undefined && identity !== current && !found.has(identity)) {
      found.set(identity, record);
    }
  }
  return [...found];
}
