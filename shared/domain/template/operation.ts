/** One operation of a program: what it is, and how the parts that JSON and forms share are made. */
import { type FieldName, fieldName } from './fields.ts';
import { type Fixed, fixed } from './fixed.ts';
import { inPlace, type Part, type Place, type Special } from './special.ts';
import type { CastNode, ConnectionNode, FieldNode, TemplateNode, TextNode } from './template.ts';

export type OperationKind =
  /** `bytes`. */
  | 'text'
  /** `bytes`, the field's value and a comma; without a value `lead` only. */
  | 'member'
  /** `bytes` and the field's value; without a value `lead` only. */
  | 'item'
  /** Nothing; without a value of the field the next `skips` operations are passed over. */
  | 'guard'
  /** A connection value, as `member` and `item`; becomes `text` for each render. */
  | 'connectionMember'
  | 'connectionItem'
  /** `bytes`, and `operations` for each record; of what they wrote the last `cuts` bytes are taken back. */
  | 'each'
  /** `bytes`, and every record as it is, each with the separator of the program. */
  | 'records';

/** All of one form, so that the engine sees one shape. */
export interface Operation {
  readonly kind: OperationKind;
  /** Whether a comma left at the end of what has been written goes first. */
  readonly trims: boolean;
  /** What is written when there is a value. */
  readonly bytes: Fixed;
  /** What is written when there is none. */
  readonly lead: Fixed;
  readonly field: FieldName;
  /** A field's value as a JSON number: as often as not what is not written as it is. */
  readonly asNumber: boolean;
  /** Any other value that is not written as it is. */
  readonly special: Special | undefined;
  /** Of a guard. */
  readonly skips: number;
  /** Of `each`. */
  readonly cuts: number;
  /** Bytes that `operations` may write over all records. */
  readonly most: number;
  /** Index of the connection value. */
  readonly reference: number;
  readonly operations: readonly Operation[];
}

/** A connection value that a template uses. */
export interface Reference {
  readonly path: readonly string[];
  readonly as: CastNode['as'] | undefined;
  readonly place: Place;
  /** Of an object or a form, so that it brings what ends it: `,` or `&`. */
  readonly isMember: boolean;
}

export interface Program {
  readonly operations: readonly Operation[];
  readonly references: readonly Reference[];
  /** After each record that is sent as it is. */
  readonly separator: ',' | '\n';
  /** A byte that is taken back if the whole body ends with it. */
  readonly ending: number | undefined;
}

const NO_FIELD = fieldName('');
const NOTHING = fixed('');

export const operation = (kind: OperationKind, more: Partial<Operation> = {}): Operation => ({
  kind,
  trims: more.trims ?? false,
  bytes: more.bytes ?? NOTHING,
  lead: more.lead ?? NOTHING,
  field: more.field ?? NO_FIELD,
  asNumber: more.asNumber ?? false,
  special: more.special,
  skips: more.skips ?? 0,
  cuts: more.cuts ?? 0,
  most: more.most ?? Number.POSITIVE_INFINITY,
  reference: more.reference ?? 0,
  operations: more.operations ?? [],
});

/** What a joined text of all records may be: a platform that takes one reads it as a whole. */
export const MOST_JOINED = 8 * 1024 * 1024;

/** What depends on the data. Only these can be without a value. */
export type DynamicNode = FieldNode | ConnectionNode | CastNode | TextNode;

/** A value and the separator after it; nothing where the record has no value. */
export const joinOperation = (
  of: FieldNode | CastNode,
  place: Place,
  separator: string,
): Operation => operation('item', { special: specialOf(of, place, [], separator) });

/** The index of a connection value among the references. */
export function referenceOf(
  references: Reference[],
  node: ConnectionNode | CastNode,
  place: Place,
  isMember = false,
): number {
  const of = node.kind === 'cast' ? node.of : node;
  const path = of.kind === 'connection' ? of.path : [];
  const as = node.kind === 'cast' ? node.as : undefined;
  const written = path.join('\n');
  const known = references.findIndex(
    (reference) =>
      reference.as === as &&
      reference.place === place &&
      reference.isMember === isMember &&
      reference.path.join('\n') === written,
  );
  return known < 0 ? references.push({ path, as, place, isMember }) - 1 : known;
}

/** `tail`: what follows the value. */
export const specialOf = (
  node: FieldNode | CastNode | TextNode,
  place: Place,
  references: Reference[],
  tail = '',
): Special => ({
  place,
  parts: (node.kind === 'text' ? node.parts : [node]).map((part) =>
    partOf(part, place, references),
  ),
  isJoined: node.kind === 'text',
  tail: fixed(tail),
});

function partOf(node: TextNode['parts'][number], place: Place, references: Reference[]): Part {
  if (node.kind === 'literal') {
    return { kind: 'text', written: fixed(inPlace(String(JSON.parse(node.json)), place)) };
  }
  const of = node.kind === 'cast' ? node.of : node;
  if (of.kind === 'connection') {
    const piece = place === 'form' ? 'form' : 'piece';
    const reference = referenceOf(references, node.kind === 'cast' ? node : of, piece);
    return { kind: 'reference', reference };
  }
  const as = node.kind === 'cast' ? node.as : undefined;
  return { kind: 'field', field: fieldName(of.name), as };
}

export function whenEmptyOf(node: DynamicNode | TextNode['parts'][number]): FieldNode['whenEmpty'] {
  switch (node.kind) {
    case 'field':
      return node.whenEmpty;
    case 'cast':
      return whenEmptyOf(node.of);
    case 'text':
      return node.parts.map(whenEmptyOf).find((says) => says !== undefined);
    default:
      return undefined;
  }
}

export function isDynamic(node: TemplateNode): node is DynamicNode {
  return (
    node.kind === 'field' ||
    node.kind === 'connection' ||
    node.kind === 'cast' ||
    node.kind === 'text'
  );
}
