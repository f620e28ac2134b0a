/**
 * What a value is sent as: `$number`, `$string` and `$boolean` of a template, and the `as` of a field. Nothing is guessed: a
 * value that is not surely one is told, and its record is not sent.
 */
import type { FieldCast } from '../../contracts/destination.ts';
import type { JsonValue } from '../../contracts/json.ts';
import { momentOf } from './moment.ts';
import { numberFault, numberText } from './number.ts';
import type { InvalidCode } from './template.ts';

const booleans: ReadonlyMap<unknown, boolean> = new Map<unknown, boolean>([
  [true, true],
  [false, false],
  [1, true],
  [0, false],
  ['true', true],
  ['false', false],
  ['1', true],
  ['0', false],
]);

const booleanOf = (value: JsonValue): boolean | undefined =>
  typeof value === 'boolean'
    ? value
    : booleans.get(typeof value === 'string' ? value.toLowerCase() : value);

/** Why a value cannot be sent so; undefined if it can. */
export function castFault(as: FieldCast, value: JsonValue): InvalidCode | undefined {
  switch (as) {
    case 'text':
      return undefined;
    case 'number':
      return numberFault(value);
    case 'boolean':
      return booleanOf(value) === undefined ? 'not-a-boolean' : undefined;
    case 'epochSeconds':
    case 'epochMillis':
    case 'date':
      return momentOf(value) === undefined ? 'not-a-date' : undefined;
  }
}

/** Of a value without fault, bare; `isText`: in JSON it stands in quotes. */
export function castText(as: FieldCast, value: JsonValue): string {
  switch (as) {
    case 'text':
      return textOf(value);
    case 'number':
      return numberText(value);
    case 'boolean':
      return String(booleanOf(value) ?? false);
    case 'epochSeconds':
      return String(Math.floor((momentOf(value) ?? 0) / 1_000));
    case 'epochMillis':
      return String(momentOf(value) ?? 0);
    case 'date':
      return new Date(momentOf(value) ?? 0).toISOString().slice(0, 10);
  }
}

export const isText = (as: FieldCast): boolean => as === 'text' || as === 'date';

/** A text as it is, everything else as JSON writes it. */
export const textOf = (value: JsonValue): string =>
  typeof value === 'string' ? value : JSON.stringify(value);
