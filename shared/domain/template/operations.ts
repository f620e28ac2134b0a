/**
 * From a checked tree to a flat list of operations. All that a body says whatever the data is bytes already; what
 * depends on a record or on the connection is one operation, with the bytes that stand before it.
 *
 * A member of an object that may be left out brings its comma with it, and the operation after the last one trims it.
 */
import { omittersOf } from './field-settings.ts';
import { fieldName } from './fields.ts';
import { fixed } from './fixed.ts';
import { formOperations } from './form-operations.ts';
import { fieldOf } from './needs.ts';
import {
  type DynamicNode,
  isDynamic,
  joinOperation,
  MOST_JOINED,
  type Operation,
  type OperationKind,
  operation,
  type Program,
  type Reference,
  referenceOf,
  specialOf,
  whenEmptyOf,
} from './operation.ts';
import { pieceOf } from './special.ts';
import type {
  CastNode,
  FieldNode,
  ObjectNode,
  Template,
  TemplateNode,
  TextNode,
} from './template.ts';

const AMPERSAND = 0x26;

export function programOf({ body, kind, isSingle }: Template): Program {
  const references: Reference[] = [];
  if (kind === 'form') {
    const form = formOperations(body, references, isSingle);
    const operations = isSingle ? ofOneRecord(form) : form;
    return { operations, references, separator: ',', ending: AMPERSAND };
  }
  const separator = kind === 'ndjson' ? '\n' : ',';
  const builder = new Builder(references, isSingle);
  if (kind === 'ndjson') builder.lines(body);
  else builder.value(body);
  const operations = builder.finish();
  const whole = isSingle ? ofOneRecord(operations) : operations;
  return { operations: whole, references, separator, ending: undefined };
}

/** All that stands between whole records is written for the one record. */
function ofOneRecord(operations: readonly Operation[]): readonly Operation[] {
  const parts: Operation[] = [];
  let run: Operation[] = [];
  const close = () => {
    if (run.length > 0) parts.push(operation('each', { operations: run }));
    run = [];
  };
  for (const each of operations) {
    if (each.kind !== 'records') {
      run.push(each);
      continue;
    }
    const lead = { ...each, kind: 'text' as const };
    run.push(lead);
    close();
    parts.push(operation('records'));
  }
  close();
  return parts;
}

class Builder {
  readonly #operations: Operation[] = [];
  readonly #references: Reference[];
  readonly #isSingle: boolean;
  /** Text that no operation carries yet, and whether it follows a comma to be trimmed. */
  #pending = '';
  #trims = false;

  constructor(references: Reference[], isSingle: boolean) {
    this.#references = references;
    this.#isSingle = isSingle;
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
        this.#list('[', ']', (builder) => builder.value(node.item));
        return;
      case 'keyed':
        this.#list('{', '}', (builder) => {
          builder.#dynamic(textual(node.key), 'item', '');
          builder.#pending += ':';
          builder.value(node.item);
        });
        return;
      case 'join':
        this.#join(node.of, node.separator);
        return;
      case 'records':
        this.#pending += '[';
        this.#add('records');
        this.#trims = true;
        this.#pending = ']';
        return;
      default:
        this.#dynamic(node, 'item', '');
    }
  }

  /** A line for each record, or of the one record. */
  lines(body: TemplateNode): void {
    if (body.kind === 'records') this.#add('records');
    else if (body.kind === 'each' && !this.#isSingle) {
      const builder = new Builder(this.#references, this.#isSingle);
      builder.value(body.item);
      builder.#pending += '\n';
      this.#add('each', { operations: builder.finish() });
    } else {
      this.value(body.kind === 'each' ? body.item : body);
      this.#pending += '\n';
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
      const builder = new Builder(this.#references, this.#isSingle);
      builder.value(item);
      builder.#pending += ',';
      this.#guarded(omittersOf(item), builder.finish());
    }
    this.#trims = true;
    this.#pending = ']';
  }

  /** Operations that are passed over where one of these fields has no value. */
  #guarded(names: readonly string[], operations: readonly Operation[]): void {
    if (this.#pending !== '' || this.#trims) this.#add('text');
    for (const [at, name] of names.entries()) {
      const skips = operations.length + names.length - 1 - at;
      this.#add('guard', { field: fieldName(name), skips });
    }
    this.#operations.push(...operations);
  }

  #list(open: string, close: string, write: (builder: Builder) => void): void {
    this.#pending += open;
    if (this.#isSingle) {
      write(this);
      this.#pending += close;
      return;
    }
    const builder = new Builder(this.#references, false);
    write(builder);
    builder.#pending += ',';
    this.#add('each', { operations: builder.finish() });
    this.#trims = true;
    this.#pending = close;
  }

  #join(of: FieldNode | CastNode, separator: string): void {
    this.#pending += '"';
    const value = joinOperation(of, 'piece', this.#isSingle ? '' : pieceOf(separator));
    if (this.#isSingle) {
      this.#add('text');
      this.#operations.push(value);
    } else {
      const cuts = Buffer.byteLength(pieceOf(separator));
      this.#add('each', { operations: [value], cuts, most: MOST_JOINED });
    }
    this.#pending += '"';
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
    if (node.kind === 'connection' || (node.kind === 'cast' && node.of.kind === 'connection')) {
      const kind = place === 'member' ? 'connectionMember' : 'connectionItem';
      this.#add(kind, {
        name,
        reference: referenceOf(this.#references, node, 'json', place === 'member'),
      });
      return;
    }
    const without = withoutValue(node, place, name);
    const asNumber = node.kind === 'cast' && node.as === 'number';
    if (node.kind === 'field' || asNumber) {
      this.#add(place, { name, asNumber, field: fieldName(fieldOf(node).name), without });
      return;
    }
    this.#add(place, { name, without, special: specialOf(node, 'json', this.#references) });
  }

  #add(
    kind: OperationKind,
    {
      name = '',
      without = '',
      ...more
    }: Partial<Operation> & { name?: string; without?: string } = {},
  ): void {
    const lead = fixed(this.#pending + without);
    const bytes = fixed(this.#pending + name);
    this.#operations.push(operation(kind, { ...more, trims: this.#trims, lead, bytes }));
    this.#pending = '';
    this.#trims = false;
  }
}

/** A key is a text whatever its value is. */
const textual = (key: FieldNode | CastNode): TextNode => ({ kind: 'text', parts: [key] });

/** What is written of a value that is not there; a member brings its comma with it. */
function withoutValue(node: DynamicNode, place: 'member' | 'item', name: string): string {
  const whenEmpty = whenEmptyOf(node);
  const isSaid = whenEmpty !== undefined && whenEmpty !== 'omit' && whenEmpty !== 'omit-item';
  if (place === 'item') return isSaid ? JSON.stringify(whenEmpty) : 'null';
  return isSaid ? `${name}${JSON.stringify(whenEmpty)},` : '';
}

/** As JavaScript orders properties, so jsonata and JSON.stringify: array indices first, by size. */
function inJsonOrder(members: ObjectNode['members']): ObjectNode['members'] {
  const indices = members.filter(isIndexed).sort((a, b) => Number(a.key) - Number(b.key));
  return [...indices, ...members.filter((member) => !isIndexed(member))];
}

function isIndexed({ key }: { readonly key: string }): boolean {
  return /^(?:0|[1-9][0-9]{0,9})$/.test(key) && Number(key) < 2 ** 32 - 1;
}
