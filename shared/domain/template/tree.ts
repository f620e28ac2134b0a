/**
 * The allow-list on jsonata's tree. It fails closed: what is not known, be it a node or a mark on one, makes the whole
 * template unsupported. Its tokens should have been refused with a better reason before; then that one is told.
 */
import type { ExprNode } from 'jsonata';
import { refuseForm, refuseLines } from './body-kinds.ts';
import { CASTS, FUNCTIONS } from './functions.ts';
import { RESERVED_KEYS } from './names.ts';
import { namesField, needsOf } from './needs.ts';
import { groupOf, hasKnownMarks, isKnown, isName, isOfRecords, operandsOf } from './nodes.ts';
import type { Problems, RefusalCode } from './refusals.ts';
import type { Span, Spans } from './spans.ts';
import type { Template, TemplateNode, TemplateUse, TextNode } from './template.ts';

const MAX_ITERATIONS = 20;

/** Stands for what has been refused. A template with a problem is never given out, so it is never rendered. */
const REFUSED: TemplateNode = { kind: 'literal', json: 'null' };

const BODIES: readonly TemplateNode['kind'][] = ['object', 'array', 'each', 'keyed', 'records'];

/** Reads a tree into a template; every problem goes to `problems`, and the template counts only if there is none. */
export function readTree(
  root: ExprNode,
  spans: Spans,
  problems: Problems,
  use: TemplateUse,
): Template {
  const reader = new TreeReader(spans, problems, use.isSingle);
  const body = reader.value(root, false);
  const rootSpan = spans.of(root);
  const { unsupported } = reader;
  const refuse = (code: RefusalCode, member?: number) => {
    const { start, end } = member === undefined ? rootSpan : spans.of(memberOf(root, member));
    problems.add(code, start, end);
  };
  if (problems.none && unsupported !== undefined) {
    problems.add('unsupported', unsupported.start, unsupported.end);
  }
  if (!BODIES.includes(body.kind) && body !== REFUSED) refuse('not-a-body');
  if (problems.none && reader.iterations === 0 && !use.isCarried) refuse('no-records');
  if (problems.none && use.kind === 'form') refuseForm(body, refuse);
  if (problems.none && use.kind === 'ndjson') refuseLines(body, use.isSingle, refuse);
  return { ...use, body, ...needsOf(body, use.kind) };
}

/** The value of a member of an object. */
function memberOf(root: ExprNode, index: number): ExprNode {
  const pair: unknown = Array.isArray(root.lhs) ? root.lhs[index] : undefined;
  return Array.isArray(pair) ? pair[1] : root;
}

class TreeReader {
  iterations = 0;
  unsupported: Span | undefined;
  readonly #spans: Spans;
  readonly #problems: Problems;
  readonly #isSingle: boolean;

  constructor(spans: Spans, problems: Problems, isSingle: boolean) {
    this.#spans = spans;
    this.#problems = problems;
    this.#isSingle = isSingle;
  }

  /** `inside`: within an iteration, where names are fields of the record. */
  value(node: ExprNode, inside: boolean): TemplateNode {
    if (groupOf(node) !== undefined) return this.#keyed(node, inside);
    if (!hasKnownMarks(node)) this.#unsupported(node);
    const type: string = node.type;
    switch (type) {
      case 'string':
      case 'number':
      case 'value':
        return { kind: 'literal', json: JSON.stringify(node.value) };
      case 'unary':
        if (node.value === '[') return this.#array(node, inside);
        return node.value === '{' ? this.#object(node, inside) : this.#unsupported(node);
      case 'binary':
        return node.value === '&' ? this.#text(node, inside) : this.#unsupported(node);
      case 'function':
        return this.#function(node, inside);
      case 'path':
        return this.#path(node, inside);
      case 'variable':
        if (node.value !== '$') return this.#unsupported(node);
        return this.#refuse('root-alone', this.#spans.of(node));
      default:
        return this.#unsupported(node);
    }
  }

  #array(node: ExprNode, inside: boolean): TemplateNode {
    const items = node.expressions ?? [];
    const [only] = items;
    if (!inside && only !== undefined && items.length === 1 && isOfRecords(only)) {
      if (groupOf(only) === undefined) {
        return only.steps?.length === 2 ? this.value(only, inside) : this.#list(only);
      }
    }
    return { kind: 'array', items: items.map((item) => this.#item(item, inside)) };
  }

  #item(node: ExprNode, inside: boolean): TemplateNode {
    const isList = !inside && isOfRecords(node) && groupOf(node) === undefined;
    if (!isList || (this.#isSingle && node.steps?.length !== 2)) return this.value(node, inside);
    if (node.steps?.length !== 2) this.#list(node);
    return this.#refuse('iteration-not-alone', this.#spans.of(node));
  }

  #object(node: ExprNode, inside: boolean): TemplateNode {
    const members: { key: string; value: TemplateNode }[] = [];
    const keys = new Set<unknown>();
    for (const pair of Array.isArray(node.lhs) ? node.lhs : []) {
      if (!Array.isArray(pair)) return this.#unsupported(node);
      const [key, value] = pair;
      const refused = refusalOfKey(key, keys);
      if (refused !== undefined) this.#refuse(refused, this.#spans.of(key));
      keys.add(key.value);
      members.push({ key: String(key.value), value: this.value(value, inside) });
    }
    return { kind: 'object', members };
  }

  /** `a & b & c`, which jsonata reads as `(a & b) & c`. */
  #text(node: ExprNode, inside: boolean): TemplateNode {
    const parts = operandsOf(node).flatMap((operand): TextNode['parts'] => {
      const part = this.value(operand, inside);
      if (part.kind === 'text') return part.parts;
      const isText = part.kind === 'literal' && part.json.startsWith('"');
      if (isText || part.kind === 'field' || part.kind === 'connection') return [part];
      if (part.kind === 'cast') return [part];
      this.#refuseOnce('text-of-other', this.#spans.of(operand));
      return [];
    });
    return { kind: 'text', parts };
  }

  #function(node: ExprNode, inside: boolean): TemplateNode {
    const name = node.procedure;
    const count =
      name?.type === 'variable' ? FUNCTIONS.get(`$${name.value}`)?.arguments : undefined;
    if (name === undefined || count === undefined || !hasKnownMarks(name)) {
      return this.#unsupported(node);
    }
    const [argument, separator, ...more] = node.arguments ?? [];
    const given = node.arguments?.length ?? 0;
    if (argument === undefined || more.length > 0 || given !== count) {
      return this.#refuse('function-arguments', this.#spans.of(node));
    }
    if (separator !== undefined) return this.#join(node, argument, separator, inside);
    const of = this.value(argument, inside);
    const as = CASTS.get(String(name.value));
    if (of === REFUSED || as === undefined) return REFUSED;
    if (of.kind === 'field' || of.kind === 'connection') return { kind: 'cast', as, of };
    return this.#refuseOnce('argument-other', this.#spans.of(argument));
  }

  #join(node: ExprNode, list: ExprNode, separator: ExprNode, inside: boolean): TemplateNode {
    if (inside) return this.#refuseOnce('join-inside', this.#spans.of(node));
    const isText = separator.type === 'string' && hasKnownMarks(separator);
    const [, , step, ...more] = list.steps ?? [];
    const isField =
      isOfRecords(list) && step !== undefined && isName(step) && more.length === 0 && isText;
    if (!isField || separator.value === '') {
      return this.#refuseOnce('join-other', this.#spans.of(node));
    }
    this.#checkMarks(list);
    this.#countIteration(this.#spans.of(node));
    const of = this.#field(step);
    if (of.kind !== 'field') return REFUSED;
    return { kind: 'join', of, separator: String(separator.value) };
  }

  #path(node: ExprNode, inside: boolean): TemplateNode {
    const steps = node.steps ?? [];
    const [first, second] = steps;
    if (first === undefined) return this.#unsupported(node);
    if (first.type !== 'variable') return this.#fieldPath(node, steps, inside);
    if (first.value !== '$' || second === undefined) return this.#unsupported(node);
    if (second.value === 'records' && isName(second)) return this.#records(node, inside);
    if (second.value === 'connection' && isName(second)) return this.#connection(node);
    return this.#refuse('unknown-global', this.#spans.of(second));
  }

  #records(node: ExprNode, inside: boolean): TemplateNode {
    const span = this.#spans.of(node);
    if (inside) return this.#refuse('records-inside', span);
    const third = node.steps?.[2];
    if (third !== undefined) {
      if (!isKnown(third)) return this.#unsupported(node);
      const list = this.#list(node);
      if (this.#isSingle) return list.kind === 'each' ? list.item : list;
      return this.#refuse('iteration-outside-list', span);
    }
    this.#checkMarks(node);
    this.#countIteration(span);
    return { kind: 'records' };
  }

  /** `$$.records` with more steps, which give the item for each record. */
  #list(node: ExprNode): TemplateNode {
    const rest = node.steps?.slice(2) ?? [];
    const span = this.#spans.across(rest);
    this.#checkMarks(node);
    this.#countIteration(this.#spans.of(node));
    const item = this.#listItem(rest);
    if (!namesField(item)) return this.#refuseOnce('static-iteration', span);
    return { kind: 'each', item };
  }

  #listItem(rest: readonly ExprNode[]): TemplateNode {
    const [step, ...more] = rest;
    if (step === undefined) return REFUSED;
    if (more.length > 0) {
      const code = rest.every(isName) ? 'nested-path' : 'nested-iteration';
      return this.#refuseOnce(code, this.#spans.across(rest));
    }
    return isName(step) ? this.#field(step) : this.value(step, true);
  }

  /** `$$.records{KEY: …}`: jsonata marks the path with what it is grouped by. */
  #keyed(node: ExprNode, inside: boolean): TemplateNode {
    const span = this.#spans.of(node);
    if (!isOfRecords(node) || node.steps?.length !== 2) return this.#refuseOnce('group-by', span);
    if (inside) return this.#refuse('records-inside', span);
    for (const step of node.steps) if (!hasKnownMarks(step)) this.#unsupported(node);
    const known = ['type', 'steps', 'group'];
    if (!Object.keys(node).every((mark) => known.includes(mark))) this.#unsupported(node);
    const [pair, ...more] = groupOf(node) ?? [];
    if (pair === undefined || more.length > 0) return this.#refuse('key-other', span);
    this.#countIteration(span);
    const [name, value] = pair;
    const key = this.value(name, true);
    if (key.kind !== 'field') return this.#refuseOnce('key-other', this.#spans.of(name));
    return { kind: 'keyed', key, item: this.value(value, true) };
  }

  #connection(node: ExprNode): TemplateNode {
    const [, , ...names] = node.steps ?? [];
    const [first] = names;
    if (first === undefined) return this.#refuse('whole-connection', this.#spans.of(node));
    const other = names.find((step) => !isName(step));
    if (other !== undefined) return this.#refuseOnce('connection-step', this.#spans.of(other));
    this.#checkMarks(node);
    return { kind: 'connection', path: names.map((step) => String(step.value)) };
  }

  #fieldPath(node: ExprNode, steps: readonly ExprNode[], inside: boolean): TemplateNode {
    const [first] = steps;
    if (first === undefined) return this.#unsupported(node);
    if (!isName(first)) return this.#refuseOnce('step-on-value', this.#spans.of(node));
    const global = first.value === 'records' || first.value === 'connection';
    if (global && !(inside && steps.length === 1)) {
      return this.#refuseOnce('missing-root', this.#spans.of(node));
    }
    if (!inside) return this.#refuseOnce('field-outside', this.#spans.of(node));
    if (steps.length === 1) return this.#field(first);
    const code = steps.every(isName) ? 'nested-path' : 'nested-iteration';
    return this.#refuseOnce(code, this.#spans.of(node));
  }

  #field(step: ExprNode): TemplateNode {
    if (!hasKnownMarks(step)) return this.#unsupported(step);
    return { kind: 'field', name: String(step.value) };
  }

  #checkMarks(path: ExprNode): void {
    for (const node of [path, ...(path.steps ?? [])]) {
      if (!hasKnownMarks(node)) this.#unsupported(node);
    }
  }

  /** Of one record nothing repeats, so that a field may be named as often as there is room. */
  #countIteration(span: Span): void {
    this.iterations++;
    const isOver = this.iterations === MAX_ITERATIONS + 1 && !this.#isSingle;
    if (isOver) this.#refuse('too-many-iterations', span);
  }

  #unsupported(node: ExprNode): TemplateNode {
    this.unsupported ??= this.#spans.of(node);
    return REFUSED;
  }

  /** Refuses what may have been refused already for a piece of it. */
  #refuseOnce(code: RefusalCode, span: Span): TemplateNode {
    if (this.#problems.within(span.start, span.end)) return REFUSED;
    return this.#refuse(code, span);
  }

  #refuse(code: RefusalCode, span: Span): TemplateNode {
    this.#problems.add(code, span.start, span.end);
    return REFUSED;
  }
}

function refusalOfKey(key: ExprNode, earlier: ReadonlySet<unknown>): RefusalCode | undefined {
  if (key.type !== 'string' || !hasKnownMarks(key)) return 'key-not-text';
  if (RESERVED_KEYS.includes(key.value)) return 'reserved-name';
  return earlier.has(key.value) ? 'duplicate-key' : undefined;
}
