/**
 * The allow-list on jsonata's tree. It fails closed: what is not known, be it a node or a mark on one, makes the whole
 * rule unsupported.
 */
import type { ExprNode } from 'jsonata';
import { RESERVED_NAMES } from '../template/names.ts';
import type { Span, Spans } from '../template/spans.ts';
import { RULE_FUNCTIONS } from './functions.ts';
import type { RuleProblems } from './problems.ts';
import type { RuleRefusalCode } from './refusals.ts';
import { RULE_INPUTS, type RuleInput } from './rule.ts';

const LITERAL = ['type', 'value', 'position'];
/** `stages` and `predicate`: filters, within a path and after any other value. */
const FILTERED = ['type', 'value', 'position', 'stages', 'predicate'];

/** All that jsonata writes on a node we allow. Bindings, grouping, sorting and the like leave other marks. */
const MARKS: ReadonlyMap<string, readonly string[]> = new Map([
  ['path', ['type', 'steps']],
  ['name', FILTERED],
  ['variable', FILTERED],
  ['string', LITERAL],
  ['number', LITERAL],
  ['value', LITERAL],
  ['unary', [...FILTERED, 'expressions', 'expression', 'lhs', 'consarray']],
  ['binary', [...LITERAL, 'lhs', 'rhs']],
  ['condition', ['type', 'position', 'condition', 'then', 'else']],
  ['block', ['type', 'position', 'expressions', 'consarray', 'stages', 'predicate']],
  ['function', [...FILTERED, 'name', 'arguments', 'procedure']],
  ['filter', ['type', 'expr', 'position']],
]);

const OPERATORS: readonly unknown[] = [
  ...['=', '!=', '<', '<=', '>', '>='],
  ...['and', 'or', 'in', '+', '-', '*', '/', '&'],
];

/** Checks a tree and tells which parts of `$$` it reads; every problem goes to `problems`. */
export function readRuleTree(
  root: ExprNode,
  spans: Spans,
  problems: RuleProblems,
): ReadonlySet<RuleInput> {
  const reader = new RuleReader(spans, problems);
  reader.value(root, false);
  const { unsupported, reads } = reader;
  if (problems.none && unsupported !== undefined) {
    problems.add('unsupported', unsupported.start, unsupported.end);
  }
  return reads;
}

class RuleReader {
  readonly reads = new Set<RuleInput>();
  unsupported: Span | undefined;
  readonly #spans: Spans;
  readonly #problems: RuleProblems;

  constructor(spans: Spans, problems: RuleProblems) {
    this.#spans = spans;
    this.#problems = problems;
  }

  /** `inside`: in a filter or after a dot, where names and `$` mean something. */
  value(node: ExprNode, inside: boolean): void {
    const type: string = node.type;
    const marks = MARKS.get(type);
    if (!marks || !Object.keys(node).every((mark) => marks.includes(mark))) {
      this.#unsupported(node);
      return;
    }
    this.#filters(node);
    switch (type) {
      case 'string':
      case 'number':
      case 'value':
        break;
      case 'variable':
        this.#variable(node, inside);
        break;
      case 'path':
        this.#path(node, inside);
        break;
      case 'function':
        this.#function(node, inside);
        break;
      case 'block':
        this.#block(node, inside);
        break;
      case 'condition':
        this.#children(node, ['condition', 'then', 'else'], inside);
        break;
      case 'binary':
        if (!OPERATORS.includes(node.value)) this.#unsupported(node);
        this.#children(node, ['lhs', 'rhs'], inside);
        break;
      case 'unary':
        this.#unary(node, inside);
        break;
      default:
        this.#unsupported(node);
    }
  }

  #filters(node: ExprNode): void {
    for (const filter of [...nodesAt(node, 'stages'), ...nodesAt(node, 'predicate')]) {
      const type: string = filter.type;
      const expression = nodeAt(filter, 'expr');
      if (type === 'filter' && expression !== undefined) this.value(expression, true);
      else this.#unsupported(node);
    }
  }

  #variable(node: ExprNode, inside: boolean): void {
    if (node.value === '$') this.#refuse('root-alone', node);
    else if (node.value !== '') this.#unsupported(node);
    else if (!inside) this.#refuse('context-outside', node);
  }

  #path(node: ExprNode, inside: boolean): void {
    const [first, second, ...rest] = node.steps ?? [];
    if (first === undefined) {
      this.#unsupported(node);
      return;
    }
    if (first.type === 'variable' && first.value === '$') {
      this.#input(first, second);
      for (const step of rest) this.#step(step);
      return;
    }
    if (first.type === 'name') {
      if (inside) this.#step(first);
      else this.#refuse('missing-root', first);
    } else this.value(first, inside);
    for (const step of second === undefined ? [] : [second, ...rest]) this.#step(step);
  }

  /** `$$` and the name after it. */
  #input(root: ExprNode, name: ExprNode | undefined): void {
    const input = RULE_INPUTS.find((known) => known === name?.value);
    if ('stages' in root || 'predicate' in root) this.#unsupported(root);
    else if (name === undefined) this.#refuse('root-alone', root);
    else if (name.type !== 'name' || input === undefined) this.#refuse('unknown-global', name);
    else {
      this.#step(name);
      this.reads.add(input);
    }
  }

  #step(step: ExprNode): void {
    if (step.type !== 'name') {
      this.value(step, true);
      return;
    }
    if (!Object.keys(step).every((mark) => FILTERED.includes(mark))) this.#unsupported(step);
    this.#filters(step);
  }

  #function(node: ExprNode, inside: boolean): void {
    const name = node.procedure;
    const count = name?.type === 'variable' ? RULE_FUNCTIONS.get(`$${name.value}`) : undefined;
    if (name === undefined || count === undefined) {
      this.#unsupported(node);
      return;
    }
    if (!Object.keys(name).every((mark) => LITERAL.includes(mark))) {
      this.#unsupported(node);
      return;
    }
    const given = node.arguments ?? [];
    if (given.length !== count) this.#refuse('function-arguments', node);
    for (const argument of given) this.value(argument, inside);
  }

  #block(node: ExprNode, inside: boolean): void {
    const [only, ...more] = node.expressions ?? [];
    if (only === undefined || more.length > 0) {
      this.#unsupported(node);
      return;
    }
    this.value(only, inside);
  }

  #unary(node: ExprNode, inside: boolean): void {
    if (node.value === '-') {
      this.#children(node, ['expression'], inside);
      return;
    }
    if (node.value === '[') {
      for (const item of node.expressions ?? []) this.value(item, inside);
    } else if (node.value === '{') this.#object(node, inside);
    else this.#unsupported(node);
  }

  #object(node: ExprNode, inside: boolean): void {
    const keys = new Set<unknown>();
    for (const pair of Array.isArray(node.lhs) ? node.lhs : []) {
      if (!Array.isArray(pair)) {
        this.#unsupported(node);
        return;
      }
      const [key, value] = pair;
      if (key.type !== 'string') this.#refuse('key-not-text', key);
      else if (RESERVED_NAMES.includes(key.value)) this.#refuse('reserved-name', key);
      else if (keys.has(key.value)) this.#refuse('duplicate-key', key);
      keys.add(key.value);
      this.value(value, inside);
    }
  }

  #children(node: ExprNode, marks: readonly string[], inside: boolean): void {
    for (const mark of marks) {
      const child = nodeAt(node, mark);
      if (child !== undefined) this.value(child, inside);
      else if (mark !== 'else' || mark in node) this.#unsupported(node);
    }
  }

  #unsupported(node: ExprNode): void {
    this.unsupported ??= this.#spans.of(node);
  }

  /** Refuses what may have been refused already for a piece of it. */
  #refuse(code: RuleRefusalCode, node: ExprNode): void {
    const { start, end } = this.#spans.of(node);
    if (!this.#problems.within(start, end)) this.#problems.add(code, start, end);
  }
}

/** jsonata's own types leave several marks of a node out. */
function nodeAt(node: ExprNode, mark: string): ExprNode | undefined {
  const child: unknown = Reflect.get(node, mark);
  return isNode(child) ? child : undefined;
}

function nodesAt(node: ExprNode, mark: string): readonly ExprNode[] {
  const children: unknown = Reflect.get(node, mark);
  return Array.isArray(children) ? children.filter(isNode) : [];
}

const isNode = (value: unknown): value is ExprNode =>
  typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string';
