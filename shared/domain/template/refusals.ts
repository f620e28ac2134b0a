/**
 * Every refusal of a template: what is wrong, and what to write instead. The codes are stable; docs/templates.md
 * lists them all, and a test holds the two together.
 */
import type { Problem } from '../words/problem.ts';

export const REFUSALS = {
  // The text as such
  empty:
    'The template is empty. Write the request body, for example {"members": [$$.records.{"email": email}]}.',
  'too-large':
    'The template is larger than 32 KB. Move long texts out of it; a body needs its structure only.',
  'too-deep': 'Brackets are nested more than 50 levels deep. Write a flatter body.',
  'chain-too-long':
    'More than 100 dots and operators hang together here. Write shorter paths, and values side by side.',
  'unclosed-string': 'This text has no closing quote. Close it with the same quote that opens it.',
  'unclosed-name': 'This name has no closing backtick. Close it with `.',
  'unclosed-comment': 'This comment is not closed. Close it with */.',
  'stray-comment-end': 'This closes no comment: comments end at the first */. Take it out.',
  'unclosed-bracket': 'This bracket is never closed. Add the closing one.',
  'mismatched-bracket':
    'This bracket closes nothing, or another kind of bracket. Pair the brackets.',
  'bad-escape':
    'Unknown escape in a text. Write one of \\" \\\\ \\/ \\b \\f \\n \\r \\t or \\u and four hex digits.',
  'number-out-of-range': 'This number is too large for JSON. Write it as text in quotes.',
  'inexact-literal':
    'This number cannot be kept exactly: it would be sent rounded. Shorten it, or write it as text in quotes.',
  'smart-quotes': 'Typographic quotes are not quotes here. Write straight ones: "text".',
  'bad-name':
    'A plain name has only letters, digits and _ and begins with no digit. Write any other in backticks: `first name`. Check for invisible characters too.',
  // Syntax
  'trailing-comma': 'Nothing follows this comma. Take it out.',
  'missing-comma': 'Expected a comma or a closing bracket before this.',
  'missing-colon': 'Expected a colon between key and value before this. Write "key": value.',
  'missing-value': 'A value is missing before this. Write one, for example a field or null.',
  'misplaced-symbol': 'Nothing can begin with this. A value is expected here.',
  'unexpected-end': 'The template ends too early: something is missing after this.',
  'text-after-end': 'The template should end before this. A comma or a bracket may be missing.',
  'literal-step': 'Numbers, true, false and null cannot follow a dot. Write a name.',
  syntax: 'This is not JSONata. Look for a misplaced or missing symbol here.',
  // Operators
  filter:
    'Filters and positions, […] after a value, are not allowed: every record given is sent. Choose the rows in the snapshot instead.',
  'keep-array': 'Take out []. An array here is an array for one record too.',
  'group-by':
    'Grouping, {…} after a value, is not allowed but after $$.records: $$.records{ID: {…}}. To write an object for each record put a dot before it, in square brackets: [$$.records.{…}].',
  sort: 'Sorting, ^(…), is not allowed. Records are sent in the order of their keys.',
  focus: 'Binding with @ is not allowed. Write the field directly.',
  position: 'Binding a position with # is not allowed. A record has no number of its own.',
  conditional:
    'Conditions, ? and :, are not allowed: what a body says of a record is what its fields hold. Prepare the value in the snapshot.',
  'default-value':
    'Default values, ?? and ?:, are not allowed. A field without a value is left out; for a constant use a static value of the sync.',
  partial: 'Partial application is not allowed. Write $number(field).',
  arithmetic:
    'Arithmetic is not allowed. Prepare the value in the snapshot; write a name with a - in backticks: `e-mail`.',
  comparison: 'Comparisons are not allowed. Prepare the value in the snapshot.',
  'boolean-operator':
    'and, or and in are operators, which are not allowed. Write a field of that name in backticks: `in`.',
  assignment: 'Assigning variables is not allowed. Write the value where it belongs.',
  chaining: 'Chaining functions with ~> is not allowed. Write the field directly.',
  range: 'Ranges are not allowed. Write the items.',
  wildcard: 'Wildcards are not allowed. Name the field, or send whole records with $$.records.',
  descendant: 'Searching all levels with ** is not allowed. Name the field.',
  parent: 'The parent operator % is not allowed. Name the field.',
  regex: 'Regular expressions are not allowed. Prepare the value in the snapshot.',
  transform: 'Transforms, |…|…|, are not allowed. Write the body as it should be.',
  block: 'Round brackets stand only after a function. Write the value without them.',
  'unknown-operator': 'This sign has no meaning in a template. Take it out.',
  // Names and functions
  variable:
    'Variables are not allowed. The only names with $ are $$.records, $$.connection and the functions $number, $string, $boolean and $join.',
  context: '$ alone is not allowed. Write $$ before .records and .connection, or name the field.',
  'function-call':
    'The only functions are $number, $string, $boolean and $join. Prepare the value in the snapshot.',
  lambda: 'Defining functions is not allowed. Prepare the value in the snapshot.',
  'function-uncalled': 'A function needs its arguments. Write $number(field).',
  'function-arguments':
    '$number, $string and $boolean take exactly one argument, $join takes two. Write $number(field).',
  'argument-other':
    '$number, $string and $boolean take a field or a connection value. Write a text, a number, true or false as it is.',
  'join-other':
    '$join takes one field of all records and a separator, a text in quotes that is not empty: $join($$.records.EMAIL, ",").',
  'join-inside': '$join goes through all records, so that it cannot stand inside one of them.',
  'text-of-other':
    '& joins texts, fields and connection values. Write objects, lists and functions of their own beside it.',
  'quoted-step':
    'After and before a dot, names stand without quotes or in backticks: $$.records.`first name`.',
  'root-alone': '$$ alone is not allowed. Write $$.records or $$.connection.name.',
  'unknown-global': '$$ has only .records and .connection.',
  'missing-root': 'Write $$ before it: $$.records or $$.connection.name.',
  'whole-connection':
    '$$.connection is not sent as a whole. Name one value: $$.connection.audienceId.',
  'connection-step':
    'Only names follow $$.connection. Write the object or list around it: {"id": $$.connection.audienceId}.',
  'step-on-value':
    'Only names have parts. Write the value itself instead of taking it out of another.',
  'field-outside':
    'A field belongs to a record, and here is none. Write a text in quotes, or the field inside [$$.records.{…}].',
  'nested-path':
    'Fields of a record have no parts. Map the column to a field of its own; if the name has a dot, write it in backticks: `address.city`.',
  // Iterations
  'iteration-outside-list':
    'Put square brackets around it: [$$.records.…]. Without them one record would not be a list. They may be left out where batchSize is 1.',
  'iteration-not-alone':
    '$$.records must be the only item of its square brackets. Write the other items in a list of their own.',
  'nested-iteration': 'Lists inside a record are not walked through. Send the field as it is.',
  'records-inside':
    '$$.records cannot stand inside a list of records: the body would grow with the square of the batch. Name fields there.',
  'static-iteration':
    'This list names no field, so that it says the same for every record. Name at least one field in it.',
  'key-other':
    'The key of $$.records{…} is one field, and there is one pair: $$.records{ID: {"email": EMAIL}}. To write an object for each record put a dot before it: [$$.records.{…}].',
  'too-many-iterations':
    'A template can go through the records at most 20 times. Take out lists that repeat others.',
  // The body as a whole
  'key-not-text':
    'A key must be a text in quotes: "key". It cannot come from the data or the connection.',
  'duplicate-key': 'This key stands twice in one object. Take one out, or rename it.',
  'reserved-name': 'This name is reserved. Choose another.',
  'not-a-body': 'A body is an object {…} or an array […]. Put this inside one.',
  'no-records':
    'The template sends nothing of the records. Write a list such as [$$.records.{"email": email}], or name a field of the record in the path: {{record.ID}}.',
  'form-not-object': 'A form is one object: {"name": value}. Write its fields as members of it.',
  'form-value':
    'A form holds texts, numbers, true, false, fields, connection values, $join and lists of one of these. It cannot hold null, objects or lists of lists.',
  'ndjson-not-list':
    'Lines of JSON are made of a list of the records: [$$.records.{"email": email}] or $$.records.',
  unsupported:
    'This is not part of what a template may say. Use objects, arrays, fields, connection values, literals, & and the functions $number, $string, $boolean and $join.',
} as const;

export type RefusalCode = keyof typeof REFUSALS;

/** A mistake in a template. */
export interface TemplateProblem extends Problem {
  readonly code: RefusalCode;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units as editors count them. */
  readonly column: number;
  /** The offending piece of the template, at most 60 characters of its first line. */
  readonly text: string;
}

const MAX_PROBLEMS = 100;
/** More than these are not even collected, so that a hostile template costs no more than its length. */
const MAX_COLLECTED = 1000;
const MAX_TEXT = 60;

/** Collects the problems of one template by their offsets in its text. The first one at an offset stays. */
export class Problems {
  readonly #found = new Map<number, { code: RefusalCode; start: number; end: number }>();

  add(code: RefusalCode, start: number, end: number): void {
    const isNew = this.#found.size < MAX_COLLECTED && !this.#found.has(start);
    if (isNew) this.#found.set(start, { code, start, end });
  }

  get none(): boolean {
    return this.#found.size === 0;
  }

  /** Whether a problem begins in this span, so that what stands there is refused already. */
  within(start: number, end: number): boolean {
    for (const at of this.#found.keys()) if (at >= start && at < end) return true;
    return false;
  }

  /** Whether this place belongs to a piece that is refused already. */
  cover(at: number): boolean {
    for (const { start, end } of this.#found.values()) if (start <= at && at < end) return true;
    return false;
  }

  /** At most 100, in the order of the text. */
  list(source: string): readonly TemplateProblem[] {
    const inOrder = [...this.#found.values()].sort((a, b) => a.start - b.start);
    return inOrder.slice(0, MAX_PROBLEMS).map(({ code, start, end }) => {
      const lineStart = source.lastIndexOf('\n', start - 1) + 1;
      return {
        code,
        line: source.slice(0, lineStart).split('\n').length,
        column: start - lineStart + 1,
        text: excerpt(source.slice(start, end)),
        message: REFUSALS[code],
      };
    });
  }
}

function excerpt(text: string): string {
  const [line = ''] = text.split(/\r?\n/, 1);
  return line.length > MAX_TEXT ? `${line.slice(0, MAX_TEXT - 1)}…` : line;
}
