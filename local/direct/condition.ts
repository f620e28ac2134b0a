/**
 * Conditions as the table's writers say them, over an item in memory: names (`#name`, with dots between), values
 * (`:value`), `=`, `<>`, `<`, `<=`, `>`, `>=`, `IN (…)`, `BETWEEN … AND …`, `attribute_exists`, `attribute_not_exists`, `begins_with`, `AND`,
 * `OR`, `NOT` and parentheses. They mean what DynamoDB means by them: a comparison with an attribute that is not there,
 * or with one of another type, does not hold
 * (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html).
 */
import { InvariantError } from '../../shared/domain/words/errors.ts';

export interface Expression {
  readonly when: string;
  readonly names?: Readonly<Record<string, string>>;
  readonly values?: Readonly<Record<string, unknown>>;
}

type Item = Readonly<Record<string, unknown>>;
type Test = (item: Item | undefined) => boolean;
type Operand = (item: Item | undefined) => unknown;

/** @throws InvariantError for an expression that is none */
export function holds(expression: Expression, item: Item | undefined): boolean {
  return new Parser(expression).whole()(item);
}

const token = /\s*(<=|>=|<>|[=<>(),]|[#:]?[A-Za-z_][\w.#]*)/y;

class Parser {
  readonly #expression: Expression;
  readonly #tokens: string[] = [];
  #at = 0;

  constructor(expression: Expression) {
    this.#expression = expression;
    const text = expression.when.trimEnd();
    token.lastIndex = 0;
    while (token.lastIndex < text.length) {
      const [, found] = token.exec(text) ?? [];
      if (found === undefined) throw this.#wrong();
      this.#tokens.push(found);
    }
  }

  whole(): Test {
    const test = this.#or();
    if (this.#at < this.#tokens.length) throw this.#wrong();
    return test;
  }

  #or(): Test {
    const left = this.#and();
    if (!this.#took('OR')) return left;
    const right = this.#or();
    return (item) => left(item) || right(item);
  }

  #and(): Test {
    const left = this.#not();
    if (!this.#took('AND')) return left;
    const right = this.#and();
    return (item) => left(item) && right(item);
  }

  #not(): Test {
    if (!this.#took('NOT')) return this.#single();
    const test = this.#not();
    return (item) => !test(item);
  }

  #single(): Test {
    if (this.#took('(')) {
      const test = this.#or();
      this.#must(')');
      return test;
    }
    const next = this.#tokens[this.#at];
    switch (next) {
      case 'attribute_exists': {
        const [of] = this.#arguments(1);
        return (item) => of?.(item) !== undefined;
      }
      case 'attribute_not_exists': {
        const [of] = this.#arguments(1);
        return (item) => of?.(item) === undefined;
      }
      case 'begins_with': {
        const [of, prefix] = this.#arguments(2);
        return (item) => {
          const [text, start] = [of?.(item), prefix?.(item)];
          return typeof text === 'string' && typeof start === 'string' && text.startsWith(start);
        };
      }
      default:
        return this.#comparison();
    }
  }

  #arguments(count: number): Operand[] {
    this.#at += 1;
    this.#must('(');
    const operands = [this.#operand()];
    while (this.#took(',')) operands.push(this.#operand());
    this.#must(')');
    if (operands.length !== count) throw this.#wrong();
    return operands;
  }

  #comparison(): Test {
    const left = this.#operand();
    const operator = this.#take();
    if (operator === 'IN') {
      this.#at -= 1;
      const options = this.#list();
      return (item) => options.some((option) => compare(left(item), option(item)) === 0);
    }
    if (operator === 'BETWEEN') {
      const low = this.#operand();
      this.#must('AND');
      const high = this.#operand();
      return (item) =>
        (compare(left(item), low(item)) ?? -1) >= 0 && (compare(left(item), high(item)) ?? 1) <= 0;
    }
    const accepts = comparisons[operator];
    if (!accepts) throw this.#wrong();
    const right = this.#operand();
    return (item) => {
      const order = compare(left(item), right(item));
      return order === undefined ? operator === '<>' : accepts(order);
    };
  }

  #list(): Operand[] {
    this.#at += 1;
    this.#must('(');
    const options = [this.#operand()];
    while (this.#took(',')) options.push(this.#operand());
    this.#must(')');
    return options;
  }

  #operand(): Operand {
    const { names = {}, values = {} } = this.#expression;
    const word = this.#take();
    if (word.startsWith(':')) {
      if (!Object.hasOwn(values, word)) throw this.#wrong();
      return () => values[word];
    }
    const path = word.split('.').map((part) => (part.startsWith('#') ? names[part] : part));
    return (item) =>
      path.reduce<unknown>(
        (value, name) =>
          typeof value === 'object' && value !== null && name !== undefined
            ? Reflect.get(value, name)
            : undefined,
        item,
      );
  }

  #take(): string {
    const next = this.#tokens[this.#at];
    if (next === undefined) throw this.#wrong();
    this.#at += 1;
    return next;
  }

  #took(word: string): boolean {
    if (this.#tokens[this.#at] !== word) return false;
    this.#at += 1;
    return true;
  }

  #must(word: string): void {
    if (!this.#took(word)) throw this.#wrong();
  }

  #wrong(): InvariantError {
    return new InvariantError(`The condition "${this.#expression.when}" is none.`);
  }
}

const comparisons: Readonly<Record<string, (order: number) => boolean>> = {
  '=': (order) => order === 0,
  '<>': (order) => order !== 0,
  '<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '>': (order) => order > 0,
  '>=': (order) => order >= 0,
};

/** Texts by their bytes; undefined where the two cannot be compared. */
function compare(a: unknown, b: unknown): number | undefined {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === 'string' && typeof b === 'string') {
    return a === b ? 0 : Buffer.compare(Buffer.from(a), Buffer.from(b));
  }
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  return undefined;
}
