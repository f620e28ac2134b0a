/**
 * Every refusal of a response rule: what is wrong, and what to write instead. The codes are stable;
 * docs/response-rules.md lists them all, and a test holds the two together.
 */
import { REFUSALS, type TemplateProblem } from '../template/refusals.ts';
import { RULE_FUNCTIONS } from './functions.ts';

const functions = [...RULE_FUNCTIONS.keys()].join(' ');

export const RULE_REFUSALS = {
  // The text as such
  empty: 'The rule is empty. Write an expression such as $$.body.ok = true, or take the rule out.',
  'too-large': 'The rule is larger than 8 KB. Say less in it.',
  'too-deep': 'Brackets are nested more than 50 levels deep. Write a flatter rule.',
  'chain-too-long':
    'More than 100 dots and operators hang together here. Write shorter paths, and fewer conditions.',
  'unclosed-string': REFUSALS['unclosed-string'],
  'unclosed-name': REFUSALS['unclosed-name'],
  'unclosed-comment': REFUSALS['unclosed-comment'],
  'stray-comment-end': REFUSALS['stray-comment-end'],
  'unclosed-bracket': REFUSALS['unclosed-bracket'],
  'mismatched-bracket': REFUSALS['mismatched-bracket'],
  'bad-escape': REFUSALS['bad-escape'],
  'number-out-of-range': 'This number is too large. Write it as text in quotes.',
  'inexact-literal':
    'This number cannot be kept exactly, so that comparing with it would mislead. Write it as text in quotes.',
  'smart-quotes': REFUSALS['smart-quotes'],
  'bad-name': REFUSALS['bad-name'],
  // Syntax
  'unexpected-end': 'The rule ends too early: something is missing after this.',
  'text-after-end': 'The rule should end before this. An operator or a bracket may be missing.',
  'missing-comma': REFUSALS['missing-comma'],
  'missing-value': 'A value is missing here. Write one, for example $$.status.',
  'literal-step': REFUSALS['literal-step'],
  syntax: 'This is not JSONata. Look for a misplaced or missing symbol here.',
  // Operators
  'keep-array': 'Take out []. A single value is taken as a list of one.',
  'group-by':
    'Grouping, {…} after a value, is not allowed. For an object each put a dot before it: $$.body.errors.{"index": index}.',
  sort: 'Sorting, ^(…), is not allowed. The order does not matter.',
  focus: 'Binding with @ is not allowed. Write the path directly.',
  position:
    'Binding a position with # is not allowed. Give a list with one entry for each record: $$.body.results.{"failed": status != "ok"}.',
  'default-value': 'Default values, ?? and ?:, are not allowed. Write $exists(a) ? a : b.',
  partial: 'Partial application is not allowed. Write all arguments.',
  assignment: 'Assigning variables is not allowed. Write the value where it belongs.',
  statements: 'A rule is one expression. Take out the semicolon.',
  chaining: 'Chaining functions with ~> is not allowed. Write $count(a) instead of a ~> $count().',
  range: 'Ranges are not allowed. Compare with > and < instead.',
  modulo: 'The operator % is not allowed. Compare the value itself.',
  wildcard: 'Wildcards are not allowed. Name the field; $keys(…) gives the names of an object.',
  descendant: 'Searching all levels with ** is not allowed. Write the path.',
  parent: 'The parent operator % is not allowed. Write the path from $$.',
  regex: 'Regular expressions are not allowed. Write $contains(text, "piece").',
  transform: 'Transforms, |…|…|, are not allowed. A rule only reads.',
  'unknown-operator':
    'This sign has no meaning in a rule. Write != for not equal, $not(…) for not.',
  // Names and functions
  variable:
    'Variables are not allowed. The only names with $ are $$, $ for the value at hand, and functions.',
  'function-call': `This function is not allowed. Allowed are ${functions}.`,
  'function-uncalled': 'A function needs its arguments. Write them in round brackets after it.',
  'function-arguments':
    'This function is called with too many or too few arguments. $contains, $substringBefore and $substringAfter take two, all others one.',
  lambda: 'Defining functions is not allowed. Write a filter: $$.body.errors[code = "x"].',
  'quoted-step':
    'After and before a dot, names stand without quotes or in backticks: $$.headers.`x-error`.',
  'root-alone': '$$ alone is not allowed. Write $$.status, $$.headers, $$.body or $$.records.',
  'root-filter': 'A filter cannot stand directly after $$. Filter $$.body or $$.records.',
  'unknown-global': '$$ has only .status, .headers, .body and .records.',
  'missing-root':
    'This name stands for nothing here. Begin with $$: $$.status, $$.headers, $$.body or $$.records; write a name with a - in backticks.',
  'context-outside':
    '$ stands for the value at hand, and here is none. Write $$.body, or use $ in a filter.',
  'key-not-text': 'A key must be a text in quotes: "index". It cannot come from the answer.',
  'duplicate-key': REFUSALS['duplicate-key'],
  'reserved-name': REFUSALS['reserved-name'],
  // The rule as a whole
  'no-answer':
    'The rule does not look at the answer, so that it says the same of every one. Read $$.status, $$.headers or $$.body in it.',
  unsupported:
    'This is not part of what a rule may say. Use paths, filters, comparisons, conditions, literals and the functions allowed.',
} as const;

export type RuleRefusalCode = keyof typeof RULE_REFUSALS;

/** A mistake in a rule, in the form of a template's. */
export type RuleProblem = Omit<TemplateProblem, 'code'> & { readonly code: RuleRefusalCode };
