/** The only place that reads the environment. */

import type { EnvName } from '../contracts/wiring.ts';
import { ConfigurationError } from '../domain/words/errors.ts';

/** @throws ConfigurationError `environment-incomplete` */
export const setting = (name: EnvName): string => required(name);

function required(name: string): string {
  const value = process.env[name];
  if (value) return value;
  throw new ConfigurationError(
    'environment-incomplete',
    `The environment variable ${name} is not set. The stack or Lambda sets it; deploy again.`,
  );
}

/** Size of the function, in MiB, as Lambda tells it. @throws ConfigurationError `environment-incomplete` */
export const memoryMb = (): number => Number(required('AWS_LAMBDA_FUNCTION_MEMORY_SIZE'));

export const optionalSetting = (name: EnvName): string | undefined =>
  process.env[name] || undefined;
