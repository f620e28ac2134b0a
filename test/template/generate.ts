/** Allowed templates, records and connections at random. A template is drawn as a tree and printed in many ways. */

import type { JsonValue } from '../../shared/contracts/json.ts';
import fc from '../fast-check.ts';

export type Drawn =
  | { kind: 'literal'; value: string | number | boolean | null }
  | { kind: 'field'; name: string }
  | { kind: 'connection'; path: string[] }
  | { kind: 'number'; of: Drawn }
  | { kind: 'string'; of: Drawn }
  | { kind: 'boolean'; of: Drawn }
  | { kind: 'text'; parts: Drawn[] }
  | { kind: 'join'; name: string; separator: string }
  | { kind: 'keyed'; item: Drawn }
  /** Of a request of one record: what stands outside a list. */
  | { kind: 'one'; item: Drawn }
  | { kind: 'object'; members: [string, Drawn][] }
  | { kind: 'array'; items: Drawn[] }
  | { kind: 'each'; item: Drawn }
  | { kind: 'records' };

/** Fields that hold anything, and those that also stand under `$number`. */
export const FIELDS = ['email', 'first name', 'naïve', 'or', 'toString', 'a.b', '7', '_x1'];
export const NUMBER_FIELDS = ['age', 'total spent'];
/** Fields for `&` and `$string`: of some numbers jsonata drops the last digits there. */
export const TEXT_FIELDS = ['label', 'part no'];
/** For `$boolean`: of texts jsonata takes any but the empty one for true. */
export const BOOLEAN_FIELD = 'vip';
/** For keys and `$join`: texts, as jsonata takes no others. */
export const KEY_FIELD = 'code';
export const SEPARATOR = ';';
export const CONNECTION_PATHS = [['audienceId'], ['list name'], ['crm', 'listId'], ['tags']];
export const CONNECTION_NUMBER = ['crm', 'count'];

const text = fc.oneof(
  fc.string({ unit: 'grapheme-ascii', maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.constantFrom('', '"', '\\', '\u007f', '\u2028', '\ud800', 'a\udc00b', '😀', 'Zoë', '\u0000'),
  fc.nat({ max: 200 }).map((count) => 'x'.repeat(count)),
);

const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, 1e21, 1e-7, 0.1, -1.5, Number.MAX_SAFE_INTEGER, 5e-324, 1.7e308),
);

const key = fc
  .oneof(
    fc.constantFrom('a', 'b', '1', '0', '10', '4294967294', '4294967295', '-1', '01', ''),
    text,
  )
  .filter((name) => !['__proto__', '_jsonata_lambda', '_jsonata_function'].includes(name));

const literal = fc.oneof(text, number, fc.boolean(), fc.constant(null)).map((value): Drawn => {
  return { kind: 'literal', value };
});
const connection = fc.constantFrom(...CONNECTION_PATHS).map((path): Drawn => {
  return { kind: 'connection', path };
});
const connectionNumber = fc.constant<Drawn>({
  kind: 'number',
  of: { kind: 'connection', path: CONNECTION_NUMBER },
});
const field = fc.constantFrom(...FIELDS, ...NUMBER_FIELDS).map((name): Drawn => {
  return { kind: 'field', name };
});
const fieldNumber = fc.constantFrom(...NUMBER_FIELDS).map((name): Drawn => {
  return { kind: 'number', of: { kind: 'field', name } };
});

const stringOf = fc.constantFrom(...TEXT_FIELDS).map((name): Drawn => {
  return { kind: 'string', of: { kind: 'field', name } };
});
const booleanOf = fc.constant<Drawn>({
  kind: 'boolean',
  of: { kind: 'field', name: BOOLEAN_FIELD },
});
const textField = fc.constantFrom(...TEXT_FIELDS).map((name): Drawn => ({ kind: 'field', name }));
const textLiteral = text.map((value): Drawn => ({ kind: 'literal', value }));
const joinedText = fc
  .array(
    fc.oneof(
      textLiteral,
      textField,
      stringOf,
      fc.constant<Drawn>({ kind: 'connection', path: ['list name'] }),
    ),
    {
      minLength: 2,
      maxLength: 4,
    },
  )
  .map((parts): Drawn => ({ kind: 'text', parts }));
const joined = fc.constant<Drawn>({ kind: 'join', name: KEY_FIELD, separator: SEPARATOR });

function within(leaf: fc.Arbitrary<Drawn>, depth: number): fc.Arbitrary<Drawn> {
  if (depth === 0) return leaf;
  const inner = within(leaf, depth - 1);
  return fc.oneof({ weight: 3, arbitrary: leaf }, objectOf(inner), arrayOf(inner));
}

function objectOf(value: fc.Arbitrary<Drawn>): fc.Arbitrary<Drawn> {
  return fc
    .uniqueArray(fc.tuple(key, value), { maxLength: 5, selector: ([name]) => name })
    .map((members) => ({ kind: 'object', members }));
}

function arrayOf(value: fc.Arbitrary<Drawn>): fc.Arbitrary<Drawn> {
  return fc.array(value, { maxLength: 4 }).map((items) => ({ kind: 'array', items }));
}

const inside = within(
  fc.oneof(
    literal,
    connection,
    { weight: 5, arbitrary: field },
    { weight: 2, arbitrary: fieldNumber },
    stringOf,
    booleanOf,
    joinedText,
  ),
  2,
);

const each = fc
  .oneof(field, fieldNumber, objectOf(inside), arrayOf(inside))
  .filter(namesField)
  .map((item): Drawn => ({ kind: 'each', item }));

const list = fc.oneof({ weight: 6, arbitrary: each }, fc.constant<Drawn>({ kind: 'records' }));

/** A bare field would be left out of jsonata's object, and its record with it. */
const keyed = fc
  .oneof(objectOf(inside), arrayOf(inside))
  .map((item): Drawn => ({ kind: 'keyed', item }));

const outside = within(
  fc.oneof(literal, connection, connectionNumber, { weight: 2, arbitrary: list }, joined, keyed),
  2,
);

const one = fc
  .oneof(field, fieldNumber, stringOf, booleanOf, objectOf(inside), arrayOf(inside))
  .filter(namesField)
  .map((item): Drawn => ({ kind: 'one', item }));

const outsideOfOne = within(
  fc.oneof(literal, connection, { weight: 4, arbitrary: one }, list, joined, keyed),
  2,
);

/** A template for requests of one record. */
export const templateOfOne: fc.Arbitrary<Drawn> = fc
  .oneof(
    objectOf(outsideOfOne),
    arrayOf(outsideOfOne),
    objectOf(inside)
      .filter(namesField)
      .map((item): Drawn => ({ kind: 'one', item })),
  )
  .filter((body) => listsIn(body) > 0 && !isListOfOne(body));

/** A whole template: an object, an array or a list. */
export const template: fc.Arbitrary<Drawn> = fc
  .oneof(objectOf(outside), arrayOf(outside), list)
  .filter((body) => listsIn(body) > 0 && listsIn(body) <= 20);

const value = fc.oneof(
  { weight: 6, arbitrary: text },
  number,
  fc.boolean(),
  fc.array(fc.oneof(text, number, fc.constant(null)), { maxLength: 3 }),
  fc.dictionary(key, fc.oneof(text, number), { maxKeys: 3 }),
) as fc.Arbitrary<JsonValue>;

const wholeNumber = fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }).map(String);
const decimal = fc
  .tuple(fc.integer(), fc.string({ unit: fc.nat({ max: 9 }).map(String), maxLength: 18 }))
  .map(([whole, fraction]) => (fraction === '' ? `${whole}` : `${whole}.${fraction}`));
const numberValue: fc.Arbitrary<JsonValue> = fc.oneof(
  number,
  fc.integer().map(String),
  wholeNumber,
  decimal,
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom(
    '007',
    '-0',
    '1e3',
    '1.10',
    '1e400',
    '1e-400',
    '0x10',
    ' 1',
    '',
    '+1',
    '1.',
    'ten',
  ),
  fc.boolean(),
);

type Fields = Record<string, JsonValue>;

/** Records in which every field has a value that can be sent. */
const scalarText = fc.oneof(text, fc.integer(), fc.boolean());
/** Two that are the same are rare: such a record is not sent. */
const keyText = fc.nat().map((n) => `k${n}`);
const flag = fc.constantFrom<JsonValue>(true, false, 1, 0, 'true', '1', 'TRUE');

export const fullRecord = recordOf({
  any: fc.oneof(text, number, fc.boolean()),
  numeric: fc.oneof(number, fc.integer().map(String)),
  textual: scalarText,
  flag,
  key: keyText,
}) as fc.Arbitrary<Fields>;

/** Records of every kind: fields absent or null, lists and objects for values, texts that are no numbers. */
export const anyRecord = recordOf(
  {
    any: fc.option(value),
    numeric: fc.option(numberValue),
    textual: fc.option(scalarText),
    flag: fc.option(fc.oneof(flag, fc.constantFrom<JsonValue>('', 'yes', 2, [true]))),
    key: fc.option(
      fc.oneof(keyText, fc.constantFrom<JsonValue>('k1', 'k1', `k${SEPARATOR}`, ['k2'])),
    ),
  },
  { requiredKeys: [] },
) as fc.Arbitrary<Fields>;

interface Kinds {
  readonly any: fc.Arbitrary<JsonValue>;
  readonly numeric: fc.Arbitrary<JsonValue>;
  readonly textual: fc.Arbitrary<JsonValue>;
  readonly flag: fc.Arbitrary<JsonValue>;
  readonly key: fc.Arbitrary<JsonValue>;
}

function recordOf(
  { any, numeric, textual, flag, key: keys }: Kinds,
  constraints: { requiredKeys?: [] } = {},
): fc.Arbitrary<Partial<Fields>> {
  const fields = FIELDS.map((name) => [name, any]);
  const numbers = NUMBER_FIELDS.map((name) => [name, numeric]);
  const texts = TEXT_FIELDS.map((name) => [name, textual]);
  const others = [
    [BOOLEAN_FIELD, flag],
    [KEY_FIELD, keys],
  ];
  return fc.record(Object.fromEntries([...fields, ...numbers, ...texts, ...others]), constraints);
}

const connectionNumberValue = fc.oneof(fc.integer(), fc.integer().map(String));

export const fullConnection = fc.record({
  audienceId: text,
  'list name': text,
  crm: fc.record({ listId: number, count: connectionNumberValue }),
  tags: text,
});

export const anyConnection = fc.record(
  {
    audienceId: fc.option(value),
    'list name': text,
    crm: fc.record({ listId: value, count: connectionNumberValue }, { requiredKeys: [] }),
    tags: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: [] },
);

export function children(node: Drawn): readonly Drawn[] {
  if (node.kind === 'object') return node.members.map(([, member]) => member);
  if (node.kind === 'array') return node.items;
  if (node.kind === 'number' || node.kind === 'string' || node.kind === 'boolean') return [node.of];
  if (node.kind === 'text') return node.parts;
  return node.kind === 'each' || node.kind === 'keyed' || node.kind === 'one' ? [node.item] : [];
}

/** Brackets around one record alone are a list of the records; and a row of one item jsonata takes out of its list. */
function isListOfOne(node: Drawn): boolean {
  const items = node.kind === 'array' ? node.items : [];
  const isAlone = items.length === 1 && items[0]?.kind === 'one';
  const hasRow = items.some((item) => item.kind === 'one' && item.item.kind === 'array');
  return isAlone || hasRow || children(node).some(isListOfOne);
}

function namesField(node: Drawn): boolean {
  return node.kind === 'field' || children(node).some(namesField);
}

function listsIn(node: Drawn): number {
  const own = ['each', 'records', 'join', 'keyed', 'one'].includes(node.kind) ? 1 : 0;
  return children(node).reduce((sum, child) => sum + listsIn(child), own);
}

/** How to print: spaces, comments, quotes and backticks, by turns from a list of choices. */
export class Printer {
  readonly #choices: readonly number[];
  readonly #rows: 'as they are' | 'for one record';
  /** For jsonata: what stands for no value, which its functions and `$join` must pass over. */
  readonly #absent: string | undefined;
  #next = 0;

  constructor(choices: readonly number[], rows: 'as they are' | 'for one record', absent?: string) {
    this.#choices = choices;
    this.#rows = rows;
    this.#absent = absent;
  }

  print(node: Drawn): string {
    return `${this.#space()}${this.#node(node)}${this.#space()}`;
  }

  #node(node: Drawn): string {
    switch (node.kind) {
      case 'literal':
        return typeof node.value === 'string' ? this.#text(node.value) : numberOrWord(node.value);
      case 'field':
        return this.#name(node.name);
      case 'connection':
        return ['$$', 'connection', ...node.path]
          .map((name, index) => (index < 1 ? name : this.#name(name)))
          .join(this.#choose(['.', ' . ', './* to */']));
      case 'number':
        return `$number${this.#space()}(${this.print(node.of)})`;
      case 'string':
        return `$string(${this.print(node.of)})`;
      case 'boolean': {
        const of = this.print(node.of);
        const call = `$boolean(${of})`;
        return this.#absent === undefined ? call : `(${of} = ${this.#absent} ? ${of} : ${call})`;
      }
      case 'text':
        return node.parts.map((part) => this.print(part)).join('&');
      case 'join':
        return this.#join(node.name, node.separator);
      case 'keyed':
        return `$$.records{${this.#name(KEY_FIELD)}:${this.print(node.item)}}`;
      case 'one':
        return `$$.records.${this.#node(node.item)}`;
      case 'object':
        return `{${node.members.map(([name, member]) => `${this.#space()}${this.#text(name)}${this.#space()}:${this.print(member)}`).join(',')}}`;
      case 'array':
        return `[${node.items.map((item) => this.#item(item)).join(',')}]`;
      case 'records':
        return this.#choose(['$$.records', '[$$.records]', '$$.`records`']);
      case 'each':
        return this.#list(node.item);
    }
  }

  #item(item: Drawn): string {
    return item.kind === 'records' ? '[$$.records]' : this.print(item);
  }

  /** jsonata joins no empty list without brackets around it. */
  #join(name: string, separator: string): string {
    const field = `$$.records.${this.#name(name)}`;
    if (this.#absent === undefined) return `$join(${field}, ${this.#text(separator)})`;
    return `$join([${field}[$ != ${this.#absent}]], ${this.#text(separator)})`;
  }

  #list(item: Drawn): string {
    const printed = `[$$.records.${this.#node(item)}]`;
    return item.kind === 'array' && this.#rows === 'for one record' ? `[${printed}]` : printed;
  }

  #text(value: string): string {
    const double = JSON.stringify(value);
    if (value.includes("'") || this.#choose([0, 1]) === 0) return double;
    return `'${double.slice(1, -1)}'`;
  }

  #name(name: string): string {
    const plain = /^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) && name !== 'or';
    return plain && this.#choose([0, 1]) === 0 ? name : `\`${name}\``;
  }

  #space(): string {
    return this.#choose(['', '', ' ', '\n', '\t', ' /* a, [b] "c" */ ', '\r\n']);
  }

  #choose<T>(from: readonly T[]): T {
    const choice = this.#choices[this.#next++ % this.#choices.length] ?? 0;
    return from[choice % from.length] as T;
  }
}

function numberOrWord(value: number | boolean | null): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
