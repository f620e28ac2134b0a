/** What the command line gave a command, read by the command's own schema. */
import type { z } from 'zod';
import { ConfigurationError } from '../shared/domain/words/errors.ts';

/** @throws ConfigurationError `option-invalid` */
export function readGiven<T>(schema: z.ZodType<T>, given: unknown): T {
  const read = schema.safeParse(given);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const [name, at] = issue?.path.map(String) ?? [];
  const option = name === 'args' ? `Argument ${Number(at) + 1}` : `--${dashed(name ?? '')}`;
  const what = issue?.message.replace(/^Invalid (input|option): /, '') ?? 'not as it must be';
  throw new ConfigurationError(
    'option-invalid',
    `${option} will not do (${what}). Correct it; --help says what there is.`,
  );
}

const dashed = (name: string): string => name.replace(/[A-Z]/g, (char) => `-${char.toLowerCase()}`);
