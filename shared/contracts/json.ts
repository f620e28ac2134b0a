import { z } from 'zod';

/** A JSON value as templates see it and platforms receive it. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export const JsonScalar = z.union([z.string(), z.number(), z.boolean()]);
export type JsonScalar = z.infer<typeof JsonScalar>;

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
