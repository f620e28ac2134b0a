/** What a template needs of a record and of the connection, read from its tree. */
import type { BodyKind } from '../../contracts/call.ts';
import type { CastNode, FieldNode, Template, TemplateNode } from './template.ts';

export type Needs = Pick<
  Template,
  'fields' | 'unhashable' | 'casts' | 'oneValue' | 'keys' | 'wholeRecords' | 'connection'
>;

export function needsOf(body: TemplateNode, kind: BodyKind): Needs {
  const needs = new Collector(kind === 'form');
  needs.take(body);
  const { fields, casts, oneValue, keys, connection, wholeRecords } = needs;
  const numbers = casts.filter(({ as }) => as !== 'text').map(({ field }) => field);
  return {
    fields: [...fields],
    unhashable: [...new Set(numbers)],
    casts,
    oneValue,
    keys: [...keys],
    wholeRecords,
    connection: [...connection],
  };
}

/** Whether a field stands in it. */
export function namesField(node: TemplateNode): boolean {
  const needs = new Collector(false);
  needs.take(node);
  return needs.fields.size > 0;
}

class Collector {
  readonly fields = new Set<string>();
  readonly casts: { field: string; as: CastNode['as'] }[] = [];
  readonly oneValue: { field: string; separator: string }[] = [];
  readonly keys = new Set<string>();
  readonly connection = new Set<string>();
  wholeRecords = false;
  readonly #isForm: boolean;

  constructor(isForm: boolean) {
    this.#isForm = isForm;
  }

  take(node: TemplateNode): void {
    switch (node.kind) {
      case 'field':
      case 'cast':
        this.#value(node, this.#isForm ? '' : undefined);
        break;
      case 'connection':
        this.#connection(node.path);
        break;
      case 'object':
        for (const { value } of node.members) this.take(value);
        break;
      case 'array':
        for (const item of node.items) this.take(item);
        break;
      case 'text':
        for (const part of node.parts) this.take(part);
        break;
      case 'each':
        this.take(node.item);
        break;
      case 'keyed':
        this.#value(node.key, '');
        this.keys.add(fieldOf(node.key).name);
        this.take(node.item);
        break;
      case 'join':
        this.#value(node.of, node.separator);
        break;
      case 'records':
        this.wholeRecords = true;
        break;
      case 'literal':
        break;
    }
  }

  /** `separator`: undefined where the value may be a list or an object. */
  #value(node: FieldNode | CastNode, separator: string | undefined): void {
    const of = node.kind === 'cast' ? node.of : node;
    if (of.kind === 'connection') {
      this.#connection(of.path);
      return;
    }
    this.fields.add(of.name);
    if (node.kind === 'cast') this.casts.push({ field: of.name, as: node.as });
    if (separator !== undefined) this.oneValue.push({ field: of.name, separator });
  }

  #connection([name]: readonly string[]): void {
    if (name !== undefined) this.connection.add(name);
  }
}

/** Of a key or a joined value, which is never one of the connection. */
export const fieldOf = (node: FieldNode | CastNode): FieldNode =>
  node.kind === 'field' ? node : node.of.kind === 'field' ? node.of : { kind: 'field', name: '' };
