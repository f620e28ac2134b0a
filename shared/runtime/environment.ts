/** The only place that reads the environment. */

import type { EnvName } from '../contracts/wiring.ts';
import { ConfigurationError } from '../domain/words/errors.ts';

/** @throws ConfigurationError `environment-incomplete` */
export function setting(name: EnvName): string {
  const value = process.env[name];
  if (value) return value;
  throw new ConfigurationError(
    'environment-incomplete',
    `The environment variable ${name} is not set. The stack sets it; deploy again.`,
  );
}

export const optionalSetting = (name: EnvName): string | undefined =>
  process.env[name] || undefined;
