/** The connection values of one render, as JSON. */
import { ConfigurationError } from '../errors.ts';
import { numberFault, numberText } from './number.ts';
import type { Slot } from './operations.ts';
import type { Connection, JsonValue } from './template.ts';
import { type Raw, raw } from './write.ts';

/** Bytes of each slot; undefined for one without a value. */
export type ConnectionBytes = readonly (Raw | undefined)[];

/** @throws ConfigurationError if a path goes through a list, or a value under `$number` is no exact number. */
export function connectionBytes(slots: readonly Slot[], connection: Connection): ConnectionBytes {
  return slots.map((slot) => {
    const value = valueAt(connection, slot.path);
    if (value === undefined || value === null) return undefined;
    return raw(slot.asNumber ? numberJson(value, slot) : JSON.stringify(value));
  });
}

function valueAt(connection: Connection, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = connection;
  for (const name of path) {
    if (Array.isArray(value)) {
      throw new ConfigurationError(
        'connection_list',
        `The template's ${written(path)} goes through a list. Send the list as a whole, or give the connection a value of its own.`,
      );
    }
    value = ownValue(value, name);
  }
  return value;
}

function ownValue(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return new Map<string, JsonValue>(Object.entries(value)).get(name);
}

function numberJson(value: JsonValue, slot: Slot): string {
  if (numberFault(value) === undefined) return numberText(value);
  throw new ConfigurationError(
    'connection_not_number',
    `The template sends ${written(slot.path)} as a number, but its value is not one that JSON keeps exactly. Change the value, or take out $number.`,
  );
}

function written(path: readonly string[]): string {
  return ['$$.connection', ...path].join('.');
}
