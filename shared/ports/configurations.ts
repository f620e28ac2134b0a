/**
 * What people configure: destinations, syncs, their secrets and schedules, and who changed what. But for secret values
 * and schedules, all of it is strongly consistent: what was written is read and listed from then on by everybody. All
 * reject with what the store says where it can't be reached, and may have done their work all the same.
 */

import type { AuditEntry } from '../contracts/audit.ts';
import type {
  SecretBinding,
  SecretChanges,
  SecretField,
  SecretValues,
} from '../contracts/authentication.ts';
import type { Claim } from '../contracts/claim.ts';
import type { Destination, DestinationInput } from '../contracts/destination.ts';
import type { Sync, SyncInput } from '../contracts/sync.ts';
import type { Listed, Page } from './listed.ts';

/**
 * Destinations and syncs. A name belongs to one destination, and to one sync, whatever its case and spaces. Versions
 * go on counting over deletion, so that none ever means two things. Of many saves of one version one comes through; a
 * save that is repeated because its answer was lost may meet its own, and is refused as outdated. Reading one throws
 * StoredError where it can't be read, lists name it and go on; putting it anew with `expected` undefined replaces it.
 */
export interface ConfigStore {
  /**
   * Counts the version up. `expected`: the version it replaces; 0: there must be none; undefined: whatever is there.
   * @throws ConfigurationError `version-outdated`, `exists-already`, `name-taken`, `configuration-too-large`
   */
  putDestination(input: DestinationInput, expected?: number): Promise<Destination>;
  putSync(input: SyncInput, expected?: number): Promise<Sync>;
  /** Undefined where there is none, or it was deleted. @throws StoredError */
  getDestination(id: string): Promise<Destination | undefined>;
  getSync(id: string): Promise<Sync | undefined>;
  /**
   * Frees its name. Once more with the same version may be done, too.
   * @throws ConfigurationError `version-outdated`
   */
  deleteDestination(id: string, expected: number): Promise<void>;
  deleteSync(id: string, expected: number): Promise<void>;
  /** Who bears a name, whatever its case and spaces: its id; undefined where nobody does. */
  nameHolder(kind: 'destination' | 'sync', name: string): Promise<string | undefined>;
  /** Takes away one that can't be read; false where it can, where there is none, or where a later release wrote it. */
  discardDestination(id: string): Promise<boolean>;
  discardSync(id: string): Promise<boolean>;
  /** All, in byte order of their ids; what is saved meanwhile may be among them or not. */
  listDestinations(): Promise<Listed<Destination>>;
  listSyncs(): Promise<Listed<Sync>>;
  /** Those that name the destination, and the audience where one is given; in byte order of their ids. */
  syncsOf(destination: string, audience?: string): Promise<Listed<Sync>>;
  /**
   * In byte order of their ids, at most `limit`, and fewer where they are large; `after` an id, whether it is there or
   * not. What is saved or deleted between two pages may be in neither, everything else is in one.
   */
  pageDestinations(limit: number, after?: string): Promise<Page<Destination>>;
  pageSyncs(limit: number, after?: string): Promise<Page<Sync>>;
}

/** Who changed what; entries go by themselves after `auditDays`. */
export interface AuditTrail {
  /** Before the change it tells of; over an entry of the same id. */
  add(entry: AuditEntry): Promise<void>;
  /** For a change that was refused after all. Nothing where there is none. */
  withdraw(id: string): Promise<void>;
  /** By id, the highest first, which is the newest; at most `limit`, and fewer where they are large; `after` an id. */
  page(limit: number, after?: string): Promise<Page<AuditEntry>>;
}

/** Epoch milliseconds at which each value of a secret was set. */
export type SecretDates = Readonly<Partial<Record<SecretField, number | undefined>>>;

/** Which values were set through the API and when, by the secret's name; never the values. One writer at a time. */
export interface SecretBook {
  /** Empty where nothing is known, or what is can't be read. */
  get(secret: string): Promise<SecretDates>;
  /**
   * Takes the secret and gives its dates; undefined where somebody else is at it. Of many at once one has it; its
   * holder may take it again, and everybody once the claim is over. `now`: epoch milliseconds.
   */
  claim(secret: string, claim: Claim, now: number): Promise<SecretDates | undefined>;
  /** Lets go, with what was set. Nothing where another has it by now. */
  release(secret: string, claim: Claim, dates: SecretDates): Promise<void>;
}

/** Work that only one may be at. */
export interface Locks {
  /**
   * False where another has it, and its claim is not over. Of many at once one has it; its holder may take it again.
   * `now`: epoch milliseconds.
   */
  take(name: string, claim: Claim, now: number): Promise<boolean>;
  /** Nothing where another has it by now. */
  free(name: string, by: string): Promise<void>;
}

/** What a request of some key started, so that the same request again starts nothing. Forgotten after a day. */
export interface OnceStore {
  /**
   * Keeps it, unless the name stands for something already; gives what it stands for. Of many at once one is first, and
   * all get what that one brought. `now`: epoch milliseconds.
   */
  keep(name: string, started: Started, now: number): Promise<Started>;
}

export interface Started {
  /** Digest of the request. */
  readonly request: string;
  /** Of what it started. */
  readonly id: string;
}

/**
 * Where secret values are put. Nothing that is put comes back: errors name the secret alone. Of two that put at once,
 * one may undo the other: `SecretBook` lets one in at a time.
 */
export interface SecretVault {
  /**
   * Fields that are left out stay as they are; null takes one away. `boundTo`: whom all of it is for from then on; as
   * before where it is left out. What stays must have been for these, too.
   * @throws ConfigurationError `access-denied`, `secret-unreadable`, `secrets-file-open`, `secret-elsewhere`
   * @throws PassingError `secret-unavailable`
   */
  put(secret: string, values: SecretChanges, boundTo?: SecretBinding): Promise<void>;
  /**
   * Whom it is for, `undefined` in it where it does not say; undefined where there is no secret.
   * @throws as `put`
   */
  binding(secret: string): Promise<{ readonly boundTo: SecretBinding | undefined } | undefined>;
  /**
   * For good. Nothing where there is none.
   * @throws ConfigurationError `access-denied`, `secrets-file-open`
   * @throws PassingError `secret-unavailable`
   */
  remove(secret: string): Promise<void>;
}

/** Secret values of destinations. What it gives is written nowhere: no log, no error, no object. */
export interface Secrets {
  /**
   * May be some minutes old.
   * @throws ConfigurationError `secret-missing`, `secret-unreadable`, `access-denied`, `secrets-file-open`
   * @throws PassingError `secret-unavailable`
   */
  get(name: string): Promise<SecretValues>;
  /** The next `get` asks the store: what it gave was not accepted, and may have been replaced. */
  forget(name: string): void;
}

/** The syncs' own schedules, which start their runs. */
export interface Schedules {
  /**
   * The sync then has the schedules its settings ask for and no others: none where it is disabled or manual. Safe to
   * repeat at any point. Call it after the sync is saved.
   * @throws ConfigurationError `schedule-invalid`, `schedule-refused`
   */
  put(sync: Sync): Promise<void>;
  /** Removes all of a sync's schedules; there may be none. Safe to repeat at any point. */
  remove(sync: string): Promise<void>;
  /**
   * Puts right what saves that were cut short or crossed each other left behind, for all syncs at once. `syncs` is
   * asked after the schedules were listed, so that what is saved meanwhile is not taken for a leftover. Those of a sync
   * that can't be read stay as they are. One that can't be put right stops no other, and rejects in the end.
   */
  heal(syncs: () => Promise<Listed<Sync>>): Promise<Healed>;
}

/** Schedules that were missing, or left over. */
export interface Healed {
  readonly created: number;
  readonly removed: number;
}
