/** What jsonata's nodes look like where they are allowed. */
import type { ExprNode } from 'jsonata';

/** All that jsonata writes on a node we allow. Filters, bindings, `[]` and the like leave other marks. */
const MARKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['path', ['type', 'steps']],
  ['name', ['type', 'value', 'position']],
  ['variable', ['type', 'value', 'position']],
  ['string', ['type', 'value', 'position']],
  ['number', ['type', 'value', 'position']],
  ['value', ['type', 'value', 'position']],
  ['unary', ['type', 'value', 'position', 'expressions', 'lhs', 'consarray']],
  ['binary', ['type', 'value', 'position', 'lhs', 'rhs']],
  ['function', ['type', 'name', 'value', 'position', 'arguments', 'procedure']],
]);

export function hasKnownMarks(node: ExprNode): boolean {
  const known = MARKS.get(node.type);
  return known !== undefined && Object.keys(node).every((mark) => known.includes(mark));
}

export function isKnown(node: ExprNode): boolean {
  return MARKS.has(node.type);
}

export function isName(node: ExprNode): boolean {
  return node.type === 'name';
}

/** Whether a node is `$$.records` or goes through it. */
export function isOfRecords(node: ExprNode): boolean {
  const [root, global] = node.steps ?? [];
  return root?.type === 'variable' && root.value === '$' && global?.value === 'records';
}

/** What an operator stands between. jsonata's own types know `lhs` only as the members of an object. */
export function operandsOf(node: ExprNode): readonly ExprNode[] {
  return ['lhs', 'rhs'].flatMap((mark) => {
    const child: unknown = Reflect.get(node, mark);
    return isNode(child) ? [child] : [];
  });
}

/** Of `$$.records{key: value}`: its pairs; undefined where nothing is grouped. */
export function groupOf(node: ExprNode): readonly (readonly [ExprNode, ExprNode])[] | undefined {
  const group: unknown = Reflect.get(node, 'group');
  if (typeof group !== 'object' || group === null) return undefined;
  const pairs: unknown = Reflect.get(group, 'lhs');
  return (Array.isArray(pairs) ? pairs : []).flatMap((pair: unknown) => {
    const [key, value]: unknown[] = Array.isArray(pair) ? pair : [];
    return isNode(key) && isNode(value) ? [[key, value] as const] : [];
  });
}

/** Where the bracket that groups opens, as jsonata tells it. */
export function groupEndOf(node: ExprNode): number | undefined {
  const group: unknown = Reflect.get(node, 'group');
  const position: unknown =
    typeof group === 'object' && group !== null ? Reflect.get(group, 'position') : undefined;
  return typeof position === 'number' ? position : undefined;
}

const isNode = (value: unknown): value is ExprNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
