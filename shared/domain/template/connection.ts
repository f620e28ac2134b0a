/** The connection values of one render, written into the operations before the first record. */
import type { JsonValue } from '../../contracts/json.ts';
import { ConfigurationError } from '../words/errors.ts';
import { fixed } from './fixed.ts';
import { numberFault, numberText } from './number.ts';
import type { Operation, Program, Reference } from './operations.ts';
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
    return reference.asNumber ? numberJson(value, reference) : JSON.stringify(value);
  });
  return bindAll(program.operations, values);
}

function bindAll(
  operations: readonly Operation[],
  values: readonly (string | undefined)[],
): readonly Operation[] {
  return operations.map((operation) => {
    const { kind, bytes, lead, reference } = operation;
    const value = values[reference];
    switch (kind) {
      case 'connectionMember': {
        const member = value === undefined ? lead : fixed(bytes.bytes, value, ',');
        return { ...operation, kind: 'text', bytes: member };
      }
      case 'connectionItem':
        return { ...operation, kind: 'text', bytes: fixed(bytes.bytes, value ?? 'null') };
      case 'each':
        return { ...operation, operations: bindAll(operation.operations, values) };
      default:
        return operation;
    }
  });
}

function valueAt(connection: ConnectionTree, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = connection;
  for (const name of path) {
    if (Array.isArray(value)) {
      throw new ConfigurationError(
        'connection-list',
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

function numberJson(value: JsonValue, reference: Reference): string {
  if (numberFault(value) === undefined) return numberText(value);
  throw new ConfigurationError(
    'connection-not-number',
    `The template sends ${written(reference.path)} as a number, but its value is not one that JSON keeps exactly. Change the value, or take out $number.`,
  );
}

function written(path: readonly string[]): string {
  return ['$$.connection', ...path].join('.');
}
