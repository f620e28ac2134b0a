/** The connection values of one render, written into the operations before the first record. */
import type { JsonValue } from '../../contracts/json.ts';
import { ConfigurationError } from '../words/errors.ts';
import { castFault, castText, isText, textOf } from './cast.ts';
import { fixed } from './fixed.ts';
import type { Operation, Program, Reference } from './operation.ts';
import { inPlace, type Special } from './special.ts';
import type { ConnectionTree } from './template.ts';

/**
 * The operations with this render's connection values in them, as text.
 *
 * @throws ConfigurationError if a path goes through a list, or a value under `$number` is no exact number
 */
export function bindConnection(program: Program, connection: ConnectionTree): readonly Operation[] {
  if (program.references.length === 0) return program.operations;
  const values = program.references.map((reference) => {
    const value = valueAt(connection, reference.path);
    if (value === undefined || value === null) return undefined;
    return written(value, reference);
  });
  return bindAll(program.operations, values);
}

function bindAll(
  operations: readonly Operation[],
  values: readonly (string | undefined)[],
): readonly Operation[] {
  return operations.map((operation) => {
    const { kind, bytes, lead, reference, special } = operation;
    const value = values[reference];
    switch (kind) {
      case 'connectionMember': {
        const member = value === undefined ? lead : fixed(bytes.bytes, value);
        return { ...operation, kind: 'text', bytes: member };
      }
      case 'connectionItem':
        return { ...operation, kind: 'text', bytes: fixed(bytes.bytes, value ?? 'null') };
      case 'each':
        return { ...operation, operations: bindAll(operation.operations, values) };
      default:
        return special === undefined
          ? operation
          : { ...operation, special: bindParts(special, values) };
    }
  });
}

/** A connection value without a value stays a reference, so that the joined text has none. */
const bindParts = (special: Special, values: readonly (string | undefined)[]): Special => ({
  ...special,
  parts: special.parts.map((part) => {
    const text = part.kind === 'reference' ? values[part.reference] : undefined;
    return text === undefined ? part : { kind: 'text', written: fixed(text) };
  }),
});

function valueAt(connection: ConnectionTree, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = connection;
  for (const name of path) {
    if (Array.isArray(value)) {
      throw new ConfigurationError(
        'connection-list',
        `The template's ${named(path)} goes through a list. Send the list as a whole, or give the connection a value of its own.`,
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

/** As it stands in its place; a member of an object brings its comma with it. */
function written(value: JsonValue, { as, place, path, isMember }: Reference): string {
  if (as !== undefined && castFault(as, value) !== undefined) throw misfit(as, path);
  const text = as === undefined ? textOf(value) : castText(as, value);
  if (place !== 'json') {
    const bare = inPlace(text, place);
    return isMember ? `${bare}&` : bare;
  }
  const isBare = as !== undefined && !isText(as);
  const json = isBare ? text : JSON.stringify(as === undefined ? value : text);
  return isMember ? `${json},` : json;
}

const misfit = (as: Reference['as'], path: readonly string[]): ConfigurationError =>
  as === 'number'
    ? new ConfigurationError(
        'connection-not-number',
        `The template sends ${named(path)} as a number, but its value is not one that JSON keeps exactly. Change the value, or take out $number.`,
      )
    : new ConfigurationError(
        'connection-not-boolean',
        `The template sends ${named(path)} as true or false, but its value is neither. Change the value, or take out $boolean.`,
      );

function named(path: readonly string[]): string {
  return ['$$.connection', ...path].join('.');
}
