/** What the record pipeline is given, and what it is once compiled. */

import type { RequestName } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import type { SentField } from '../template/render-texts.ts';
import type { ConfigurationProblem, Fault } from '../words/problem.ts';
import type { Algorithm } from './hashing.ts';

/** What the pipeline needs and the domain may not import. */
export interface RecordTools {
  /** Lower-case hexadecimal digest of the text in UTF-8. */
  hash(type: Algorithm, text: string): string;
  /** `+`, country code and number; undefined where the text is no phone number. `country`: of numbers written without a code. */
  phone(text: string, country: string | undefined): string | undefined;
  /** ISO 3166-1 alpha-2, in upper case, of a code or name; undefined where no one country is meant. */
  country(text: string): string | undefined;
  /** Changes whenever the tools, or the Unicode tables under them, may read a text differently. */
  readonly version: string;
}

export type CompiledRecords =
  | {
      readonly ok: true;
      readonly records: RecordPipeline;
      /** Worth a look; nothing is sent wrong for it. */
      readonly warnings: readonly ConfigurationProblem[];
    }
  | {
      readonly ok: false;
      /** All there are. */
      readonly problems: readonly ConfigurationProblem[];
      readonly warnings: readonly ConfigurationProblem[];
    };

export type MadeRecord =
  | {
      readonly ok: true;
      readonly record: string;
      /** What `identity` gives of the record. */
      readonly identity: string | undefined;
      /** Values that were left out because they could not be read; undefined where there are none. */
      readonly dropped: readonly Fault[] | undefined;
    }
  | { readonly ok: false; readonly fault: Fault };

/**
 * Makes the records of one run. A record is canonical JSON text: its slots in order of their names, empty values
 * left out. A slot is a field's name; where two actions hash the field differently, each form has its own slot
 * (`EMAIL` plain, `EMAIL|SHA256` hashed), so that a delete can be rendered when its row is gone.
 */
export interface RecordPipeline {
  /** Columns the mappings need, distinct, in order of their names. */
  readonly columns: readonly string[];
  /** Those of them without which no record can be made, or none that a delete can be rendered from. */
  readonly essential: readonly string[];
  /**
   * Canonical text of everything that can change what `make` gives or what the actions send of it. Two pipelines
   * with one fingerprint make the same record of the same row, in any process. It holds the sync's literals: hash
   * it before it is stored.
   */
  readonly fingerprint: string;
  /** The record of a row: `values` are those of `columns`, in that order. Never throws for what they hold. */
  make(values: readonly JsonValue[]): MadeRecord;
  /** The fields the action's template sees, and the slot of a record each stands in. */
  sent(action: RequestName): readonly SentField[];
  /** What the action's template sees of a record: each field that has a value, in the action's form. */
  forAction(action: RequestName, record: string): Record<string, JsonValue>;
  /** Whether two records send the same in an insert and in an update; one that neither sends makes no difference. */
  sameUpsert(a: string, b: string): boolean;
  /**
   * Fields of which `before` had a value and `after` has none, and that an update leaves out without the destination
   * saying that this is enough: the platform goes on with the old value.
   */
  uncleared(before: string, after: string): readonly string[];
  /** By which the platform knows a person, in order of their names; empty where that is exactly the key. */
  readonly identityFields: readonly string[];
  /**
   * Tells the record's identity from any other: 32 hexadecimal digits of the SHA-256 of its identity fields, in the form a
   * delete sends; undefined where there are none, and where the record has a value for none of them.
   */
  identity(record: string): string | undefined;
}
