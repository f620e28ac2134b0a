/** The operations of a form: names and values, each with the `&` that ends it. The last one is taken back. */
import { fixed } from './fixed.ts';
import {
  isDynamic,
  joinOperation,
  MOST_JOINED,
  type Operation,
  type OperationKind,
  operation,
  type Reference,
  referenceOf,
  specialOf,
  whenEmptyOf,
} from './operation.ts';
import { formEncoded } from './special.ts';
import type { TemplateNode } from './template.ts';

export function formOperations(
  body: TemplateNode,
  references: Reference[],
  isSingle: boolean,
): readonly Operation[] {
  const builder = new FormBuilder(references, isSingle);
  for (const { key, value } of body.kind === 'object' ? body.members : []) {
    builder.member(`${formEncoded(key)}=`, value);
  }
  return builder.finish();
}

class FormBuilder {
  readonly #operations: Operation[] = [];
  readonly #references: Reference[];
  readonly #isSingle: boolean;
  #pending = '';

  constructor(references: Reference[], isSingle: boolean) {
    this.#references = references;
    this.#isSingle = isSingle;
  }

  finish(): readonly Operation[] {
    if (this.#pending !== '') this.#add('text');
    return this.#operations;
  }

  member(name: string, value: TemplateNode): void {
    switch (value.kind) {
      case 'literal':
        this.#pending += `${name}${formEncoded(String(JSON.parse(value.json)))}&`;
        return;
      case 'array':
        for (const item of value.items) this.member(name, item);
        return;
      case 'each': {
        if (this.#isSingle) {
          this.member(name, value.item);
          return;
        }
        const builder = new FormBuilder(this.#references, this.#isSingle);
        builder.member(name, value.item);
        this.#add('each', '', { operations: builder.finish() });
        return;
      }
      case 'join': {
        const separator = this.#isSingle ? '' : formEncoded(value.separator);
        const joined = joinOperation(value.of, 'form', separator);
        this.#pending += name;
        const more = { operations: [joined], cuts: separator.length, most: MOST_JOINED };
        if (!this.#isSingle) this.#add('each', '', more);
        else {
          this.#add('text');
          this.#operations.push(joined);
        }
        this.#pending = '&';
        return;
      }
      default:
        this.#scalar(name, value);
    }
  }

  #scalar(name: string, value: TemplateNode): void {
    if (value.kind === 'connection' || (value.kind === 'cast' && value.of.kind === 'connection')) {
      this.#add('connectionMember', name, {
        reference: referenceOf(this.#references, value, 'form', true),
      });
      return;
    }
    if (!isDynamic(value)) return;
    const says = whenEmptyOf(value);
    const without = says === null || says === '' ? `${name}&` : '';
    this.#add('item', name, { special: specialOf(value, 'form', this.#references, '&') }, without);
  }

  #add(kind: OperationKind, name = '', more: Partial<Operation> = {}, without = ''): void {
    const bytes = fixed(this.#pending + name);
    this.#operations.push(
      operation(kind, { ...more, bytes, lead: fixed(this.#pending + without) }),
    );
    this.#pending = '';
  }
}
