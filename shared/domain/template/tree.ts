/**
 * The allow-list on jsonata's tree. It fails closed: what is not known, be it a node or a mark on one, makes the whole
 * template unsupported. Its tokens should have been refused with a better reason before; then that one is told.
 */
import type { ExprNode } from 'jsonata';
import type { Problems, RefusalCode } from './refusals.ts';
import type { Span, Spans } from './spans.ts';
import type { Template, TemplateNode } from './template.ts';
import { RESERVED_NAMES } from './tokens.ts';

const MAX_ITERATIONS = 20;

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
    if (body !== REFUSED) problems.add('not_a_body', rootSpan.start, rootSpan.end);
  }
  if (problems.none && reader.iterations === 0) {
    problems.add('no_records', rootSpan.start, rootSpan.end);
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
        return this.#refuse('root_alone', this.#spans.of(node));
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
    return this.#refuse('iteration_not_alone', this.#spans.of(node));
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
    if (name?.value !== 'number' || name.type !== 'variable') return this.#unsupported(node);
    const [argument, ...more] = node.arguments ?? [];
    if (argument === undefined || more.length > 0) {
      return this.#refuse('number_arguments', this.#spans.of(node));
    }
    const of = this.value(argument, inside);
    if (of === REFUSED) return REFUSED;
    if (of.kind === 'field') this.numberFields.add(of.name);
    if (of.kind === 'field' || of.kind === 'connection') return { kind: 'number', of };
    return this.#refuse('number_of_other', this.#spans.of(argument));
  }

  #path(node: ExprNode, inside: boolean): TemplateNode {
    const steps = node.steps ?? [];
    const [first, second] = steps;
    if (first === undefined) return this.#unsupported(node);
    if (first.type !== 'variable') return this.#fieldPath(node, steps, inside);
    if (first.value !== '$' || second === undefined) return this.#unsupported(node);
    if (second.value === 'records' && isName(second)) return this.#records(node, inside);
    if (second.value === 'connection' && isName(second)) return this.#connection(node);
    return this.#refuse('unknown_global', this.#spans.of(second));
  }

  #records(node: ExprNode, inside: boolean): TemplateNode {
    const span = this.#spans.of(node);
    if (inside) return this.#refuse('records_inside', span);
    const third = node.steps?.[2];
    if (third !== undefined) {
      if (!MARKS.has(third.type)) return this.#unsupported(node);
      this.#list(node);
      return this.#refuse('iteration_outside_list', span);
    }
    this.#checkSteps(node);
    this.#countIteration(span);
    this.wholeRecords = true;
    return { kind: 'records' };
  }

  /** `$$.records` with more steps, which give the item for each record. */
  #list(node: ExprNode): TemplateNode {
    const rest = node.steps?.slice(2) ?? [];
    const span = this.#spans.across(rest);
    this.#checkSteps(node);
    this.#countIteration(this.#spans.of(node));
    const before = this.#fieldsMet;
    const item = this.#listItem(rest);
    if (this.#fieldsMet === before && !this.#problems.within(span.start, span.end)) {
      return this.#refuse('static_iteration', span);
    }
    return { kind: 'each', item };
  }

  #listItem(rest: readonly ExprNode[]): TemplateNode {
    const [step, ...more] = rest;
    if (step === undefined) return REFUSED;
    if (more.length > 0) {
      const code = rest.every(isName) ? 'nested_path' : 'nested_iteration';
      return this.#refuseOnce(code, this.#spans.across(rest));
    }
    return isName(step) ? this.#field(step) : this.value(step, true);
  }

  #connection(node: ExprNode): TemplateNode {
    const [, , ...names] = node.steps ?? [];
    const [first] = names;
    if (first === undefined) return this.#refuse('whole_connection', this.#spans.of(node));
    const other = names.find((step) => !isName(step));
    if (other !== undefined) return this.#refuseOnce('connection_step', this.#spans.of(other));
    this.#checkSteps(node);
    this.connection.add(String(first.value));
    return { kind: 'connection', path: names.map((step) => String(step.value)) };
  }

  #fieldPath(node: ExprNode, steps: readonly ExprNode[], inside: boolean): TemplateNode {
    const [first] = steps;
    if (first === undefined) return this.#unsupported(node);
    if (!isName(first)) return this.#refuseOnce('step_on_value', this.#spans.of(node));
    const global = first.value === 'records' || first.value === 'connection';
    if (global && !(inside && steps.length === 1)) {
      return this.#refuseOnce('missing_root', this.#spans.of(node));
    }
    if (!inside) return this.#refuseOnce('field_outside', this.#spans.of(node));
    if (steps.length === 1) return this.#field(first);
    const code = steps.every(isName) ? 'nested_path' : 'nested_iteration';
    return this.#refuseOnce(code, this.#spans.of(node));
  }

  #field(step: ExprNode): TemplateNode {
    if (!hasKnownMarks(step)) return this.#unsupported(step);
    const name = String(step.value);
    this.fields.add(name);
    this.#fieldsMet++;
    return { kind: 'field', name };
  }

  #checkSteps(node: ExprNode): void {
    for (const step of node.steps ?? []) if (!hasKnownMarks(step)) this.#unsupported(step);
  }

  #countIteration(span: Span): void {
    this.iterations++;
    if (this.iterations === MAX_ITERATIONS + 1) this.#refuse('too_many_iterations', span);
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

function hasKnownMarks(node: ExprNode): boolean {
  const known = MARKS.get(node.type);
  return known !== undefined && Object.keys(node).every((mark) => known.includes(mark));
}

function isName(node: ExprNode): boolean {
  return node.type === 'name';
}

/** Whether a node is `$$.records` or goes through it. */
function isOfRecords(node: ExprNode): boolean {
  const [root, global] = node.steps ?? [];
  return root?.type === 'variable' && root.value === '$' && global?.value === 'records';
}

function refusalOfKey(key: ExprNode, earlier: ReadonlySet<unknown>): RefusalCode | undefined {
  if (key.type !== 'string' || !hasKnownMarks(key)) return 'key_not_text';
  if (RESERVED_NAMES.includes(key.value)) return 'reserved_name';
  return earlier.has(key.value) ? 'duplicate_key' : undefined;
}
