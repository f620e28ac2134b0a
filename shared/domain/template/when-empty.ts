/**
 * What a record without a value says, field by field: a template is brought together with the settings of its action's
 * fields. By default a member of an object is left out, and a place in a list is null.
 */
import type { FieldSettings, WhenEmpty } from '../../contracts/destination.ts';
import type { FieldNode, Template, TemplateNode } from './template.ts';

export interface WhenEmptyProblem {
  readonly field: string;
  readonly code: 'when-empty-no-item' | 'when-empty-whole-record';
  readonly message: string;
}

type Settings = Readonly<Record<string, FieldSettings>>;

/** The template with what its fields say, and what of the settings it cannot do. */
export function withEmpties(
  template: Template,
  settings: Settings,
): { readonly template: Template; readonly problems: readonly WhenEmptyProblem[] } {
  const says = new Map(
    Object.entries(settings).flatMap(([name, { whenEmpty }]) =>
      whenEmpty === undefined ? [] : [[name, whenEmpty] as const],
    ),
  );
  if (says.size === 0) return { template, problems: [] };
  const lonely = new Set<string>();
  const body = settled(template.body, says, false, lonely);
  const problems = [...lonely].map((field): WhenEmptyProblem => ({ field, ...noItem(field) }));
  const whole = template.wholeRecords
    ? [...says].filter(([name, says]) => says !== 'omit' && !template.fields.includes(name))
    : [];
  problems.push(...whole.map(([field]) => ({ field, ...wholeRecord(field) })));
  return { template: { ...template, body }, problems };
}

/** `inItem`: within an item of a list that the template writes out. */
function settled(
  node: TemplateNode,
  says: ReadonlyMap<string, WhenEmpty>,
  inItem: boolean,
  lonely: Set<string>,
): TemplateNode {
  const field = (of: FieldNode): FieldNode => {
    const whenEmpty = says.get(of.name);
    if (whenEmpty === 'omit-item' && !inItem) lonely.add(of.name);
    return whenEmpty === undefined ? of : { ...of, whenEmpty };
  };
  switch (node.kind) {
    case 'field':
      return field(node);
    case 'number':
      return node.of.kind === 'field' ? { ...node, of: field(node.of) } : node;
    case 'object':
      return {
        ...node,
        members: node.members.map(({ key, value }) => ({
          key,
          value: settled(value, says, inItem, lonely),
        })),
      };
    case 'array':
      return { ...node, items: node.items.map((item) => settled(item, says, true, lonely)) };
    case 'each':
      return { ...node, item: settled(node.item, says, false, lonely) };
    default:
      return node;
  }
}

const noItem = (field: string) => ({
  code: 'when-empty-no-item' as const,
  message: `whenEmpty of field ${field} is "omit-item", but the field stands in no item of a list within the record. Put it into one, or use "omit", null, "" or [].`,
});

const wholeRecord = (field: string) => ({
  code: 'when-empty-whole-record' as const,
  message: `The template sends whole records, from which field ${field} is left out where it has no value. Name the field in the template, or set its whenEmpty to "omit".`,
});

/** The fields for whose sake an item of a list is left out; those of lists within it are not among them. */
export function omittersOf(item: TemplateNode): string[] {
  switch (item.kind) {
    case 'field':
      return item.whenEmpty === 'omit-item' ? [item.name] : [];
    case 'number':
      return omittersOf(item.of);
    case 'object':
      return item.members.flatMap(({ value }) => omittersOf(value));
    default:
      return [];
  }
}
