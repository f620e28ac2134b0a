/** The rules of one field, compiled into one function. */

import type { NormaliseRule } from '../../../contracts/normalise.ts';
import type { Fault } from '../../words/problem.ts';
import { unreadable } from '../faults.ts';
import type { RecordTools } from '../pipeline.ts';
import { countryOf } from './countries.ts';
import { date } from './date.ts';
import { email } from './email.ts';
import { lowercase, name, trim } from './text.ts';

/** The text in its normal form, empty where nothing is left of it; or why it cannot be read. */
export type Normaliser = (text: string) => string | Fault;

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
      return (text) => name(text, rule.spaces);
    case 'email':
      return reader(field, rule, (text) => email(text, rule));
    case 'phone':
      return reader(field, rule, phoneReader(rule, tools));
    case 'date':
      return reader(field, rule, (text) => date(text, rule));
    case 'country':
      return reader(field, rule, countryReader(rule));
  }
}

type ReadingRule = Extract<NormaliseRule, { unreadable: string }>;

/** White space alone is no value, so it is left out and not refused. */
function reader(
  field: string,
  rule: ReadingRule,
  read: (text: string) => string | undefined,
): Normaliser {
  const otherwise = rule.unreadable === 'drop' ? '' : unreadable(field, rule);
  return (text) => read(text) ?? (text.trim() === '' ? '' : otherwise);
}

function phoneReader(
  { country, plus }: Extract<NormaliseRule, { rule: 'phone' }>,
  tools: RecordTools,
): (text: string) => string | undefined {
  if (plus) return (text) => tools.phone(text, country);
  return (text) => tools.phone(text, country)?.slice(1);
}

function countryReader({ writes }: Extract<NormaliseRule, { rule: 'country' }>) {
  if (writes === 'upper') return countryOf;
  return (text: string) => countryOf(text)?.toLowerCase();
}
