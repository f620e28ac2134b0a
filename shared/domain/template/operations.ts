/**
 * From a checked tree to a flat list of operations. All that a body says whatever the data is bytes already; what
 * depends on a record or on the connection is one operation, with the bytes that stand before it.
 *
 * A member of an object that may be left out brings its comma with it, and the operation after the last one trims it.
 */

import { type FieldName, fieldName } from './fields.ts';
import { type Fixed, fixed } from './fixed.ts';
import type { ConnectionNode, FieldNode, ObjectNode, TemplateNode } from './template.ts';
import { omittersOf } from './when-empty.ts';

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
  /** `bytes`, and `operations` for each record, each time with a comma. */
  | 'each'
  /** `bytes`, and every record as it is, each with a comma. */
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
  readonly asNumber: boolean;
  /** Of a guard. */
  readonly skips: number;
  /** Index of the connection value. */
  readonly reference: number;
  readonly operations: readonly Operation[];
}

/** A connection value that a template refers to. */
export interface Reference {
  readonly path: readonly string[];
  readonly asNumber: boolean;
}

export interface Program {
  readonly operations: readonly Operation[];
  readonly references: readonly Reference[];
}

export function programOf(body: TemplateNode): Program {
  const references: Reference[] = [];
  const builder = new Builder(references);
  builder.value(body);
  return { operations: builder.finish(), references };
}

/** What depends on the data. Only these can be without a value. */
type DynamicNode = Extract<TemplateNode, { kind: 'field' | 'number' | 'connection' }>;

const NO_FIELD = fieldName('');

class Builder {
  readonly #operations: Operation[] = [];
  readonly #references: Reference[];
  /** Text that no operation carries yet, and whether it follows a comma to be trimmed. */
  #pending = '';
  #trims = false;

  constructor(references: Reference[]) {
    this.#references = references;
  }

  finish(): readonly Operation[] {
    if (this.#pending !== '' || this.#trims) this.#add('text');
    return this.#operations;
  }

  value(node: TemplateNode): void {
    switch (node.kind) {
      case 'literal':
        this.#pending += node.json;
        return;
      case 'object':
        this.#object(node);
        return;
      case 'array':
        this.#array(node.items);
        return;
      case 'each':
        this.#each(node.item);
        return;
      case 'records':
        this.#list('records', []);
        return;
      default:
        this.#dynamic(node, 'item', '');
    }
  }

  #array(items: readonly TemplateNode[]): void {
    if (items.some((item) => omittersOf(item).length > 0)) {
      this.#shorteningArray(items);
      return;
    }
    this.#pending += '[';
    for (const [index, item] of items.entries()) {
      if (index > 0) this.#pending += ',';
      this.value(item);
    }
    this.#pending += ']';
  }

  /** Items that may be left out bring their comma with them, as members do. */
  #shorteningArray(items: readonly TemplateNode[]): void {
    this.#pending += '[';
    for (const item of items) {
      const builder = new Builder(this.#references);
      builder.value(item);
      builder.#pending += ',';
      const operations = builder.finish();
      const omitters = omittersOf(item);
      if (this.#pending !== '' || this.#trims) this.#add('text');
      for (const [at, name] of omitters.entries()) {
        const skips = operations.length + omitters.length - 1 - at;
        this.#add('guard', { field: fieldName(name), skips });
      }
      this.#operations.push(...operations);
    }
    this.#trims = true;
    this.#pending = ']';
  }

  #each(item: TemplateNode): void {
    const builder = new Builder(this.#references);
    builder.value(item);
    builder.#pending += ',';
    this.#list('each', builder.finish());
  }

  #list(kind: 'each' | 'records', operations: readonly Operation[]): void {
    this.#pending += '[';
    this.#add(kind, { operations });
    this.#trims = true;
    this.#pending = ']';
  }

  #object(node: ObjectNode): void {
    this.#pending += '{';
    const members = inJsonOrder(node.members);
    for (const { key, value } of members) {
      const name = `${JSON.stringify(key)}:`;
      if (isDynamic(value)) {
        this.#dynamic(value, 'member', name);
        continue;
      }
      this.#pending += name;
      this.value(value);
      this.#pending += ',';
    }
    const last = members.at(-1)?.value;
    if (last !== undefined && isDynamic(last)) this.#trims = true;
    else if (last !== undefined) this.#pending = this.#pending.slice(0, -1);
    this.#pending += '}';
  }

  #dynamic(node: DynamicNode, place: 'member' | 'item', name: string): void {
    const asNumber = node.kind === 'number';
    const source = asNumber ? node.of : node;
    if (source.kind === 'field') {
      const without = withoutValue(source, place, name);
      this.#add(place, { name, asNumber, field: fieldName(source.name), without });
      return;
    }
    const kind = place === 'member' ? 'connectionMember' : 'connectionItem';
    this.#add(kind, { name, reference: this.#reference(source, asNumber) });
  }

  #reference({ path }: ConnectionNode, asNumber: boolean): number {
    const written = path.join('\n');
    const known = this.#references.findIndex(
      (reference) => reference.asNumber === asNumber && reference.path.join('\n') === written,
    );
    return known < 0 ? this.#references.push({ path, asNumber }) - 1 : known;
  }

  #add(
    kind: OperationKind,
    more: Partial<Operation> & { name?: string; without?: string } = {},
  ): void {
    const { name = '', field = NO_FIELD, asNumber = false, reference = 0, operations = [] } = more;
    const { without = '', skips = 0 } = more;
    const lead = fixed(this.#pending + without);
    const bytes = fixed(this.#pending + name);
    const trims = this.#trims;
    this.#operations.push({
      kind,
      trims,
      bytes,
      lead,
      field,
      asNumber,
      skips,
      reference,
      operations,
    });
    this.#pending = '';
    this.#trims = false;
  }
}

/** What is written of a field without a value; a member brings its comma with it. */
function withoutValue({ whenEmpty }: FieldNode, place: 'member' | 'item', name: string): string {
  const isSaid = whenEmpty !== undefined && whenEmpty !== 'omit' && whenEmpty !== 'omit-item';
  if (place === 'item') return isSaid ? JSON.stringify(whenEmpty) : 'null';
  return isSaid ? `${name}${JSON.stringify(whenEmpty)},` : '';
}

function isDynamic(node: TemplateNode): node is DynamicNode {
  return node.kind === 'field' || node.kind === 'number' || node.kind === 'connection';
}

/** As JavaScript orders properties, so jsonata and JSON.stringify: array indices first, by size. */
function inJsonOrder(members: ObjectNode['members']): ObjectNode['members'] {
  const indices = members.filter(isIndexed).sort((a, b) => Number(a.key) - Number(b.key));
  return [...indices, ...members.filter((member) => !isIndexed(member))];
}

function isIndexed({ key }: { readonly key: string }): boolean {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}
