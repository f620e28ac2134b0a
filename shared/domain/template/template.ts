/**
 * What a checked template is, and what rendering it gives. A template is read once, when it is saved, and again
 * at the start of a run; from there on only this tree is used, never the text.
 */
import type { BodyKind } from '../../contracts/call.ts';
import type { FieldCast, WhenEmpty } from '../../contracts/destination.ts';
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

/** A value sent as something else than it is: `$number`, `$string`, `$boolean`, or what the field's `as` says. */
export interface CastNode {
  readonly kind: 'cast';
  readonly as: FieldCast;
  readonly of: FieldNode | ConnectionNode;
}

/** A string, number, boolean or null, already as JSON text. */
export interface LiteralNode {
  readonly kind: 'literal';
  readonly json: string;
}

/** Texts and values joined by `&`: without a value where one of them has none. */
export interface TextNode {
  readonly kind: 'text';
  readonly parts: readonly (LiteralNode | FieldNode | ConnectionNode | CastNode)[];
}

export type TemplateNode =
  | FieldNode
  | ConnectionNode
  | ObjectNode
  | LiteralNode
  | CastNode
  | TextNode
  | { readonly kind: 'array'; readonly items: readonly TemplateNode[] }
  /** `[$$.records.…]`: an array with one item for each record. Fields stand here, in `keyed`, and where a request is of one record. */
  | { readonly kind: 'each'; readonly item: TemplateNode }
  /** `$$.records{KEY: …}`: an object with one member for each record. */
  | { readonly kind: 'keyed'; readonly key: FieldNode | CastNode; readonly item: TemplateNode }
  /** `$join($$.records.FIELD, ",")`: one text of the values that the records have. */
  | { readonly kind: 'join'; readonly of: FieldNode | CastNode; readonly separator: string }
  /** `$$.records`: the records with all their fields. */
  | { readonly kind: 'records' };

/** What a template is written for. */
export interface TemplateUse {
  readonly kind: Exclude<BodyKind, 'none'>;
  /** Its requests are of one record, whose fields may stand outside a list, too. */
  readonly isSingle: boolean;
  /** The record stands elsewhere in the request, so that the body need not name it. */
  readonly isCarried: boolean;
}

export const usualUse: TemplateUse = { kind: 'json', isSingle: false, isCarried: false };

/** A template that passed every check. */
export interface Template extends TemplateUse {
  readonly body: TemplateNode;
  /** The record fields it names, in order of first appearance. */
  readonly fields: readonly string[];
  /** Those of them that are sent as something no hash is: a number, `true`, a moment. */
  readonly unhashable: readonly string[];
  /** What is sent as something else than it is. */
  readonly casts: readonly { readonly field: string; readonly as: FieldCast }[];
  /** Fields that stand where a list or an object cannot, with the separators that their values cannot hold. */
  readonly oneValue: readonly { readonly field: string; readonly separator: string }[];
  /** Fields whose values are keys of an object: each record has one, and no two the same. */
  readonly keys: readonly string[];
  /** Whether it sends whole records, so whatever fields a sync maps. */
  readonly wholeRecords: boolean;
  /** The names it uses on `$$.connection`, in order of first appearance; of `$$.connection.a.b` that is `a`. */
  readonly connection: readonly string[];
}

/** Why a record cannot be sent, in the order in which docs/templates.md explains them. */
export const invalidCodes = [
  'not-a-number',
  'inexact-number',
  'not-a-boolean',
  'not-a-date',
  'not-one-value',
  'separator-in-value',
  'record-unnamed',
  'record-twice',
  'nothing-to-send',
] as const;
export type InvalidCode = (typeof invalidCodes)[number];

/** A record that is not in the body, and why. `reason` never holds a value. */
export interface InvalidRecord {
  /** Position in the records given. */
  readonly index: number;
  /** The field at fault, or null if it is the record as a whole. */
  readonly field: string | null;
  readonly code: InvalidCode;
  readonly reason: string;
}

export interface Rendered {
  /** In UTF-8; empty when no record is left to send. It lies in the memory the caller gave, until the next body does. */
  readonly body: Uint8Array;
  /** Records in the body. With 0 there is nothing to send. */
  readonly sent: number;
  readonly invalid: readonly InvalidRecord[];
}
