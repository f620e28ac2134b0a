/**
 * Why a row gives no record. A reason names field and column and says what to mend; it never holds the value.
 * Each is made once, when the pipeline is compiled, and shared by all rows that meet it.
 */

import type { HashType } from '../../contracts/destination.ts';
import type { NormaliseRule } from '../../contracts/normalise.ts';
import type { Mapping } from '../../contracts/sync.ts';
import type { Fault } from '../words/problem.ts';

export const required = (field: string, source: Mapping): Fault => ({
  code: 'field-required',
  reason:
    'column' in source
      ? `Field ${field} is required but has no usable value. Fill the column "${source.column}" in the export, or make the field optional in the destination.`
      : `Field ${field} is required but its value is empty. Give it a value, or make the field optional in the destination.`,
});

export const nested = (field: string): Fault => ({
  code: 'field-nested',
  reason: `Field ${field} is hashed or normalised, which takes text, a number or a boolean, but the value is a list or an object. Map a column of single values.`,
});

export const alreadyHashed = (field: string, type: HashType): Fault => ({
  code: 'field-already-hashed',
  reason: `Hashing is enabled but the value for field ${field} already looks like a ${type} hash. Either disable hashing or send the plain value.`,
});

export const notHashed = (field: string): Fault => ({
  code: 'field-not-hashed',
  reason: `Hashing is disabled but the value for field ${field} appears to be unhashed. Either enable hashing or send pre-hashed data.`,
});

/** `look`: what the value is like instead, where that is known. */
export const unreadable = (field: string, rule: NormaliseRule, look?: string): Fault => ({
  code: 'field-unreadable',
  reason: `The value for field ${field} cannot be read as ${expected(rule)}${like(look)}. Mend it in the export, or set "unreadable": "drop" in the field's normalisation to send such rows without the field.`,
});

/** Not a fault of the row, which is sent without the field: told, so that nobody misses it unknowingly. */
export const dropped = (field: string, rule: NormaliseRule, look?: string): Fault => ({
  code: 'field-dropped',
  reason: `The value for field ${field} cannot be read as ${expected(rule)}${like(look)}, so the rows go without it ("unreadable" is drop).`,
});

const like = (look: string | undefined): string =>
  look === undefined ? '' : ` (it looks like ${look})`;

function expected(rule: NormaliseRule): string {
  switch (rule.rule) {
    case 'email':
      return 'an email address';
    case 'phone':
      return rule.country === undefined
        ? 'a phone number that begins with + and its country code (no default country is set)'
        : `a phone number, with ${rule.country} as its default country`;
    case 'date':
      return rule.reads === 'ymd'
        ? 'a date that can be read in one order only ("reads" is ymd)'
        : `a date ("reads" is ${rule.reads})`;
    case 'country':
      return 'a country: a code of ISO 3166-1 or a name of one';
    case 'state':
      return rule.country === undefined ? 'a state' : `a state of ${rule.country}`;
    case 'gender':
      return 'female or male';
    case 'postcode':
      return rule.country === undefined ? 'a postcode' : `a postcode of ${rule.country}`;
    case 'trim':
    case 'lowercase':
    case 'name':
      return 'text';
  }
}
