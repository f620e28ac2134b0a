/** The rules of one field, compiled into one function. */

import type { NormaliseRule } from '../../../contracts/normalise.ts';
import type { Fault } from '../../words/problem.ts';
import { dropped, unreadable } from '../faults.ts';
import type { RecordTools } from '../pipeline.ts';
import { date } from './date.ts';
import { email, emailLook } from './email.ts';
import { gender } from './gender.ts';
import { postcode } from './postcode.ts';
import { state } from './states.ts';
import { lowercase, name, trim } from './text.ts';

/** A value that a rule cannot read: the row goes without it, or is refused. */
export interface Unreadable {
  readonly drop: boolean;
  readonly fault: Fault;
}

/** The text in its normal form, empty where nothing is left of it; or why it cannot be read. */
export type Normaliser = (text: string) => string | Unreadable;

export function compileNormaliser(
  field: string,
  rules: readonly NormaliseRule[],
  tools: RecordTools,
): Normaliser {
  const steps = rules.map((rule) => compileRule(field, rule, tools));
  const [only] = steps;
  if (only && steps.length === 1) return only;
  return (text) => {
    let current = text;
    for (const step of steps) {
      const next = step(current);
      if (typeof next !== 'string') return next;
      current = next;
    }
    return current;
  };
}

function compileRule(field: string, rule: NormaliseRule, tools: RecordTools): Normaliser {
  switch (rule.rule) {
    case 'trim':
      return trim;
    case 'lowercase':
      return lowercase;
    case 'name':
      return (text) => name(text, rule);
    case 'email':
      return reader(field, rule, (text) => email(text, rule), emailLook);
    case 'phone':
      return reader(field, rule, phoneReader(rule, tools));
    case 'date':
      return reader(field, rule, (text) => date(text, rule));
    case 'country':
      return reader(field, rule, cased(rule, tools.country));
    case 'state':
      return reader(field, rule, (text) => state(text, rule));
    case 'gender':
      return reader(field, rule, cased(rule, gender));
    case 'postcode':
      return reader(field, rule, (text) => postcode(text, rule));
  }
}

type ReadingRule = Extract<NormaliseRule, { unreadable: string }>;
type Read = (text: string) => string | undefined;

/** Blanks and what cannot be seen are no value, so they are left out and not refused. */
function reader(field: string, rule: ReadingRule, read: Read, look: Read = noLook): Normaliser {
  const otherwise = told(field, rule);
  return (text) => read(text) ?? (trim(text) === '' ? '' : otherwise(look(text)));
}

const noLook = (): undefined => undefined;

/** Each way of not being readable is made once. */
function told(field: string, rule: ReadingRule): (look: string | undefined) => Unreadable {
  const drop = rule.unreadable === 'drop';
  const made = new Map<string | undefined, Unreadable>();
  return (look) => {
    const fault = drop ? dropped : unreadable;
    const known = made.get(look) ?? { drop, fault: fault(field, rule, look) };
    made.set(look, known);
    return known;
  };
}

function phoneReader(
  { country, plus }: Extract<NormaliseRule, { rule: 'phone' }>,
  tools: RecordTools,
): Read {
  if (plus) return (text) => tools.phone(text, country);
  return (text) => tools.phone(text, country)?.slice(1);
}

function cased({ writes }: { writes: 'upper' | 'lower' }, read: Read): Read {
  return (text) => {
    const found = read(text);
    return writes === 'upper' ? found?.toUpperCase() : found?.toLowerCase();
  };
}
