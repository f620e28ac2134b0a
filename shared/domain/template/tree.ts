/**
 * The allow-list on jsonata's tree. It fails closed: what is not known, be it a node or a mark on one, makes the whole
 * template unsupported. Its tokens should have been refused with a better reason before; then that one is told.
 */
import type { ExprNode } from 'jsonata';
import { RESERVED_KEYS } from './names.ts';
import { hasKnownMarks, isKnown, isName, isOfRecords } from './nodes.ts';
import type { Problems, RefusalCode } from './refusals.ts';
import type { Span, Spans } from './spans.ts';
import type { Template, TemplateNode } from './template.ts';

const MAX_ITERATIONS = 20;

/** Stands for what has been refused. A template with a problem is never given out, so it is never rendered. */
const REFUSED: TemplateNode = { kind: 'literal', json: 'null' };

/** Reads a tree into a template; every problem goes to `problems`, and the template counts only if there is none. */
export function readTree(root: ExprNode, spans: Spans, problems: Problems): Template {
  const reader = new TreeReader(spans, problems);
  const body = reader.value(root, false);
  const rootSpan = spans.of(root);
  const { unsupported } = reader;
  if (problems.none && unsupported !== undefined) {
    problems.add('unsupported', unsupported.start, unsupported.end);
  }
  if (body.kind === 'literal' || body.kind === 'connection' || body.kind === 'number') {
    if (body !== REFUSED) problems.add('not-a-body', rootSpan.start, rootSpan.end);
  }
  if (problems.none && reader.iterations === 0) {
    problems.add('no-records', rootSpan.start, rootSpan.end);
  }
  return {
    body,
    fields: [...reader.fields],
    numberFields: [...reader.numberFields],
    wholeRecords: reader.wholeRecords,
    connection: [...reader.connection],
  };
}

class TreeReader {
  readonly fields = new Set<string>();
  readonly numberFields = new Set<string>();
  readonly connection = new Set<string>();
  wholeRecords = false;
  iterations = 0;
  unsupported: Span | undefined;
  #fieldsMet = 0;
  readonly #spans: Spans;
  readonly #problems: Problems;

  constructor(spans: Spans, problems: Problems) {
    this.#spans = spans;
    this.#problems = problems;
  }

  /** `inside`: within an iteration, where names are fields of the record. */
  value(node: ExprNode, inside: boolean): TemplateNode {
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
      case 'function':
        return this.#number(node, inside);
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
      return only.steps?.length === 2 ? this.value(only, inside) : this.#list(only);
    }
    return { kind: 'array', items: items.map((item) => this.#item(item, inside)) };
  }

  #item(node: ExprNode, inside: boolean): TemplateNode {
    if (inside || !isOfRecords(node)) return this.value(node, inside);
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

  #number(node: ExprNode, inside: boolean): TemplateNode {
    const name = node.procedure;
    if (name?.type !== 'variable' || name.value !== 'number' || !hasKnownMarks(name)) {
      return this.#unsupported(node);
    }
    const [argument, ...more] = node.arguments ?? [];
    if (argument === undefined || more.length > 0) {
      return this.#refuse('number-arguments', this.#spans.of(node));
    }
    const of = this.value(argument, inside);
    if (of === REFUSED) return REFUSED;
    if (of.kind === 'field') this.numberFields.add(of.name);
    if (of.kind === 'field' || of.kind === 'connection') return { kind: 'number', of };
    return this.#refuse('number-of-other', this.#spans.of(argument));
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
      this.#list(node);
      return this.#refuse('iteration-outside-list', span);
    }
    this.#checkMarks(node);
    this.#countIteration(span);
    this.wholeRecords = true;
    return { kind: 'records' };
  }

  /** `$$.records` with more steps, which give the item for each record. */
  #list(node: ExprNode): TemplateNode {
    const rest = node.steps?.slice(2) ?? [];
    const span = this.#spans.across(rest);
    this.#checkMarks(node);
    this.#countIteration(this.#spans.of(node));
    const before = this.#fieldsMet;
    const item = this.#listItem(rest);
    if (this.#fieldsMet === before) return this.#refuseOnce('static-iteration', span);
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

  #connection(node: ExprNode): TemplateNode {
    const [, , ...names] = node.steps ?? [];
    const [first] = names;
    if (first === undefined) return this.#refuse('whole-connection', this.#spans.of(node));
    const other = names.find((step) => !isName(step));
    if (other !== undefined) return this.#refuseOnce('connection-step', this.#spans.of(other));
    this.#checkMarks(node);
    this.connection.add(String(first.value));
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
    const name = String(step.value);
    this.fields.add(name);
    this.#fieldsMet++;
    return { kind: 'field', name };
  }

  #checkMarks(path: ExprNode): void {
    for (const node of [path, ...(path.steps ?? [])]) {
      if (!hasKnownMarks(node)) this.#unsupported(node);
    }
  }

  #countIteration(span: Span): void {
    this.iterations++;
    if (this.iterations === MAX_ITERATIONS + 1) this.#refuse('too-many-iterations', span);
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
