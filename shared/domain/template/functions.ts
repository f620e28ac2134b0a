/** The functions a template may call, with how many arguments. */
import type { FieldCast } from '../../contracts/destination.ts';

export const FUNCTIONS: ReadonlyMap<string, number> = new Map([
  ['$number', 1],
  ['$string', 1],
  ['$boolean', 1],
  ['$join', 2],
]);

/** What those of one argument make of it. */
export const CASTS: ReadonlyMap<string, FieldCast> = new Map([
  ['number', 'number'],
  ['string', 'text'],
  ['boolean', 'boolean'],
]);
