/** The functions a template may call. */
import type { FieldCast } from '../../contracts/destination.ts';

export interface TemplateFunction {
  /** How many it takes. */
  readonly arguments: number;
  /** A line for whoever chooses among them. */
  readonly gives: string;
}

export const FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map([
  ['$number', { arguments: 1, gives: 'a field or connection value as a JSON number' }],
  ['$string', { arguments: 1, gives: 'a field or connection value as a text' }],
  ['$boolean', { arguments: 1, gives: 'a field or connection value as true or false' }],
  ['$join', { arguments: 2, gives: 'one text of all the records’ values, with a text between' }],
]);

/** What those of one argument make of it. */
export const CASTS: ReadonlyMap<string, FieldCast> = new Map([
  ['number', 'number'],
  ['string', 'text'],
  ['boolean', 'boolean'],
]);
