/** Names in templates and rules: what no name may be, and which word begins a function. */
import type { Token } from './scan.ts';

const PLAIN_NAME = /^[\p{L}_][\p{L}\p{M}\p{N}_]*$/u;
const TYPOGRAPHIC_QUOTE = /[\u2018-\u201f\u00ab\u00bb]/;
/** Control and invisible characters, and halves of surrogate pairs: a name must read as what it is. */
const UNREADABLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Keys that objects in JavaScript or jsonata treat specially. */
export const RESERVED_KEYS: readonly unknown[] = [
  '__proto__',
  '_jsonata_lambda',
  '_jsonata_function',
];
/** These, and what a record cannot hold. */
export const RESERVED_NAMES: readonly unknown[] = [...RESERVED_KEYS, 'constructor', 'prototype'];

export type NameRefusal = 'bad-name' | 'reserved-name' | 'smart-quotes';

/** Of a name as it stands. */
export function refusalOfName(name: string): NameRefusal | undefined {
  if (PLAIN_NAME.test(name)) return refusalOfQuotedName(name);
  return TYPOGRAPHIC_QUOTE.test(name) ? 'smart-quotes' : 'bad-name';
}

/** Of a name between backquotes, without them. */
export function refusalOfQuotedName(name: string): NameRefusal | undefined {
  if (name === '' || UNREADABLE.test(name)) return 'bad-name';
  return RESERVED_NAMES.includes(name) ? 'reserved-name' : undefined;
}

export function isLambda(token: Token | undefined): boolean {
  return token?.text === 'function' || token?.text === 'λ';
}
