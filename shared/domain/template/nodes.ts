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
