/**
 * What an action's settings say of its fields: a template is brought together with them. A record without a value leaves a
 * member of an object out, and is null in a place of a list, unless the field's `whenEmpty` says otherwise; a value is sent
 * as it is, unless its `as` says otherwise.
 */
import type { FieldCast, FieldSettings, WhenEmpty } from '../../contracts/destination.ts';
import { fieldOf, needsOf } from './needs.ts';
import type { CastNode, ConnectionNode, FieldNode, Template, TemplateNode } from './template.ts';

export interface FieldSettingProblem {
  readonly field: string;
  readonly code: 'when-empty-no-item' | 'when-empty-whole-record' | 'as-whole-record' | 'as-twice';
  readonly message: string;
}

type Settings = Readonly<Record<string, FieldSettings>>;

/** The template with what its fields say, and what of the settings it cannot do. */
export function withFieldSettings(
  template: Template,
  settings: Settings,
): { readonly template: Template; readonly problems: readonly FieldSettingProblem[] } {
  const settler = new Settler(settings);
  if (!settler.isNeeded) return { template, problems: [] };
  const body = settler.settled(template.body, false);
  const problems = [...settler.problems.values()];
  if (template.wholeRecords) problems.push(...wholeRecordProblems(template, settings));
  return { template: { ...template, body, ...needsOf(body, template.kind) }, problems };
}

function wholeRecordProblems({ fields }: Template, settings: Settings): FieldSettingProblem[] {
  return Object.entries(settings).flatMap(([field, { whenEmpty, as }]): FieldSettingProblem[] => [
    ...(whenEmpty === undefined || whenEmpty === 'omit' || fields.includes(field)
      ? []
      : [{ field, ...wholeRecord(field) }]),
    ...(as === undefined ? [] : [{ field, ...castWholeRecord(field) }]),
  ]);
}

class Settler {
  readonly problems = new Map<string, FieldSettingProblem>();
  readonly #whenEmpty = new Map<string, WhenEmpty>();
  readonly #as = new Map<string, FieldCast>();

  constructor(settings: Settings) {
    for (const [name, { whenEmpty, as }] of Object.entries(settings)) {
      if (whenEmpty !== undefined) this.#whenEmpty.set(name, whenEmpty);
      if (as !== undefined) this.#as.set(name, as);
    }
  }

  get isNeeded(): boolean {
    return this.#whenEmpty.size > 0 || this.#as.size > 0;
  }

  /** `inItem`: within an item of a list that the template writes out. */
  settled(node: TemplateNode, inItem: boolean): TemplateNode {
    switch (node.kind) {
      case 'field':
      case 'cast':
        return this.#value(node, inItem);
      case 'object':
        return {
          ...node,
          members: node.members.map(({ key, value }) => ({
            key,
            value: this.settled(value, inItem),
          })),
        };
      case 'array':
        return { ...node, items: node.items.map((item) => this.settled(item, true)) };
      case 'text':
        return {
          ...node,
          parts: node.parts.map((part) =>
            part.kind === 'field' || part.kind === 'cast' ? this.#value(part, inItem) : part,
          ),
        };
      case 'each':
        return { ...node, item: this.settled(node.item, false) };
      case 'keyed':
        return { ...node, key: this.#named(node.key), item: this.settled(node.item, false) };
      case 'join':
        return { ...node, of: this.#named(node.of) };
      default:
        return node;
    }
  }

  /** A key and a joined value: without a value there is nothing to say. */
  #named(node: FieldNode | CastNode): FieldNode | CastNode {
    const { name } = fieldOf(node);
    const as = this.#as.get(name);
    return node.kind === 'field' && as !== undefined ? { kind: 'cast', as, of: node } : node;
  }

  #value(node: FieldNode | CastNode, inItem: boolean): FieldNode | CastNode {
    const of = node.kind === 'cast' ? node.of : node;
    if (isConnection(of)) return node;
    const whenEmpty = this.#whenEmpty.get(of.name);
    if (whenEmpty === 'omit-item' && !inItem) this.#tell(of.name, noItem(of.name));
    const field: FieldNode = whenEmpty === undefined ? of : { ...of, whenEmpty };
    const as = this.#as.get(of.name);
    if (node.kind === 'cast') {
      if (as !== undefined && as !== node.as) this.#tell(of.name, castTwice(of.name));
      return { ...node, of: field };
    }
    return as === undefined ? field : { kind: 'cast', as, of: field };
  }

  #tell(field: string, problem: Omit<FieldSettingProblem, 'field'>): void {
    if (!this.problems.has(field)) this.problems.set(field, { field, ...problem });
  }
}

const isConnection = (node: FieldNode | ConnectionNode): node is ConnectionNode =>
  node.kind === 'connection';

const noItem = (field: string) => ({
  code: 'when-empty-no-item' as const,
  message: `whenEmpty of field ${field} is "omit-item", but the field stands in no item of a list within the record. Put it into one, or use "omit", null, "" or [].`,
});

const wholeRecord = (field: string) => ({
  code: 'when-empty-whole-record' as const,
  message: `The template sends whole records, from which field ${field} is left out where it has no value. Name the field in the template, or set its whenEmpty to "omit".`,
});

const castWholeRecord = (field: string) => ({
  code: 'as-whole-record' as const,
  message: `The template sends whole records, whose values go as they are, so that "as" of field ${field} has no effect. Name the fields in the template, or take out "as".`,
});

const castTwice = (field: string) => ({
  code: 'as-twice' as const,
  message: `Field ${field} stands under a function in the template, and its "as" says something else. Take out one of them.`,
});

/** The fields for whose sake an item of a list is left out; those of lists within it are not among them. */
export function omittersOf(item: TemplateNode): string[] {
  switch (item.kind) {
    case 'field':
      return item.whenEmpty === 'omit-item' ? [item.name] : [];
    case 'cast':
      return omittersOf(item.of);
    case 'text':
      return item.parts.flatMap(omittersOf);
    case 'object':
      return item.members.flatMap(({ value }) => omittersOf(value));
    default:
      return [];
  }
}
