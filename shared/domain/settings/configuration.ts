/** Destinations and syncs as they are saved: how large one may be, and what keeps it from being saved. */
import { ConfigurationError } from '../words/errors.ts';

/** In UTF-8. The table's items hold 400 KB, and the audit trail's hold one before and one after. */
export const maxConfigurationBytes = 163_840;

/** @throws ConfigurationError `configuration-too-large` */
export function checkConfigurationSize(config: { readonly id: string }): void {
  const bytes = new TextEncoder().encode(JSON.stringify(config)).length;
  if (bytes <= maxConfigurationBytes) return;
  throw new ConfigurationError(
    'configuration-too-large',
    `"${config.id}" takes ${bytes} bytes as JSON, and ${maxConfigurationBytes} are the most that can be saved. Shorten its templates, rules or headers.`,
  );
}

export const existsAlready = (id: string): ConfigurationError =>
  new ConfigurationError(
    'exists-already',
    `There is "${id}" already. Choose another id, or change the one that is there.`,
  );

export const versionOutdated = (id: string): ConfigurationError =>
  new ConfigurationError(
    'version-outdated',
    `"${id}" was changed or deleted since you read it, so nothing was changed. Read it again, and repeat your change on it.`,
  );

/** `holder`: who has it; undefined where that changes this very moment. */
export const nameTaken = (name: string, holder: string | undefined): ConfigurationError =>
  new ConfigurationError(
    'name-taken',
    `The name ${JSON.stringify(name)} is ${holder === undefined ? 'just being taken' : `that of "${holder}"`}. Choose another name.`,
  );
