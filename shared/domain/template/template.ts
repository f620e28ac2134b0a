/**
 * What a checked template is, and what rendering it gives. A template is read once, when it is saved, and again
 * at the start of a run; from there on only this tree is used, never the text.
 */
import type { WhenEmpty } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';

/** A record's fields as a template sees them: own properties; a field without a value is absent. */
export type RenderRecord = Readonly<Record<string, JsonValue>>;

/** What stands behind `$$.connection`: JSON of any depth. */
export type ConnectionTree = Readonly<Record<string, JsonValue>>;

export interface FieldNode {
  readonly kind: 'field';
  readonly name: string;
  /** What stands there of a record without a value. @default left out of an object, null in a list */
  readonly whenEmpty?: WhenEmpty;
}

/** A path of one or more names on `$$.connection`. */
export interface ConnectionNode {
  readonly kind: 'connection';
  readonly path: readonly string[];
}

export interface ObjectNode {
  readonly kind: 'object';
  readonly members: readonly { readonly key: string; readonly value: TemplateNode }[];
}

export type TemplateNode =
  | FieldNode
  | ConnectionNode
  | ObjectNode
  /** A string, number, boolean or null, already as JSON text. */
  | { readonly kind: 'literal'; readonly json: string }
  | { readonly kind: 'number'; readonly of: FieldNode | ConnectionNode }
  | { readonly kind: 'array'; readonly items: readonly TemplateNode[] }
  /** `[$$.records.…]`: an array with one item for each record; the only place where fields stand. */
  | { readonly kind: 'each'; readonly item: TemplateNode }
  /** `$$.records`: the records with all their fields. */
  | { readonly kind: 'records' };

/** A template that passed every check. */
export interface Template {
  readonly body: TemplateNode;
  /** The record fields it names, in order of first appearance. */
  readonly fields: readonly string[];
  /** Those of them under `$number`: their values must be numbers, so they cannot be hashed. */
  readonly numberFields: readonly string[];
  /** Whether it sends whole records, so whatever fields a sync maps. */
  readonly wholeRecords: boolean;
  /** The names it uses on `$$.connection`, in order of first appearance; of `$$.connection.a.b` that is `a`. */
  readonly connection: readonly string[];
}

/** A record that is not in the body, and why. `reason` never holds a value. */
export interface InvalidRecord {
  /** Position in the records given. */
  readonly index: number;
  /** The field at fault, or null if it is the record as a whole. */
  readonly field: string | null;
  readonly code: 'not-a-number' | 'inexact-number' | 'nothing-to-send';
  readonly reason: string;
}

export interface Rendered {
  /** JSON in UTF-8; empty when no record is left to send. It lies in the memory the caller gave, until the next body does. */
  readonly body: Uint8Array;
  /** Records in the body. With 0 there is nothing to send. */
  readonly sent: number;
  readonly invalid: readonly InvalidRecord[];
}
