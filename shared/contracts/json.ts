import { z } from 'zod';

/** A JSON value as templates see it and platforms receive it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

/** Ids stand in object keys, table keys and message groups: short, lower-case, no separators of ours. */
export const Id = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9-]{0,62}$/,
    'use 1 to 63 lower-case letters, digits and hyphens, starting with a letter or digit',
  );

/** Epoch milliseconds. */
export const Instant = z.number().int().nonnegative();

/** A whole number, zero or more. */
export const Count = z.number().int().nonnegative();

/**
 * Whether the table, JSON and JavaScript all carry the number as it is: whole numbers below 2^53, as JavaScript has them,
 * and nothing nearer to 0 than the table's 1E-130.
 * Source: "Amazon DynamoDB data types", Number: 38 digits, 1E-130 to 9.99E+125.
 */
export const isCarried = (value: number): boolean =>
  Math.abs(value) <= Number.MAX_SAFE_INTEGER && (value === 0 || Math.abs(value) >= 1e-130);

const inexactNumber = 'this number can not be kept exactly: write it as text, in quotes';

/** A number that is kept as it was written. */
export const Exact = z.number().refine(isCarried, inexactNumber);

export interface Inexact {
  readonly path: readonly (string | number)[];
  readonly what: string;
}

/** The first place of a JSON value that would not come back as it is: a number as above, or half a character. */
export function inexactIn(value: unknown, path: Inexact['path'] = []): Inexact | undefined {
  if (typeof value === 'number' && !isCarried(value)) {
    return { path, what: inexactNumber };
  }
  if (typeof value === 'string' && !value.isWellFormed()) {
    return { path, what: 'a text that holds half of a character (a lone surrogate)' };
  }
  if (typeof value !== 'object' || value === null) return undefined;
  for (const [name, below] of Object.entries(value)) {
    if (!name.isWellFormed()) return { path, what: 'a name that holds half of a character' };
    const step = Array.isArray(value) ? Number(name) : name;
    const found = inexactIn(below, [...path, step]);
    if (found) return found;
  }
  return undefined;
}

export const JsonScalar = z
  .union([z.string(), z.number(), z.boolean()])
  .refine((value) => typeof value !== 'number' || isCarried(value), inexactNumber);
export type JsonScalar = z.infer<typeof JsonScalar>;
