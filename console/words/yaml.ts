/** Settings as the YAML that `apply` takes. */
import { stringify } from 'yaml';
import type { Destination, Sync } from '../api/schema.d.ts';

export function yamlOfSync(sync: Sync): string {
  const { version: _version, status: _status, warnings: _warnings, ...settings } = sync;
  return stringify({ kind: 'sync', ...settings });
}

/** Secrets are never told: an environment variable is named where one is set. */
export function yamlOfDestination(destination: Destination): string {
  const { version: _version, secrets, warnings: _warnings, ...settings } = destination;
  const names = Object.keys(secrets);
  const variable = (name: string) =>
    `\${env:${destination.id}-${name}}`
      .replace(/[^\w${}:]/g, '_')
      .toUpperCase()
      .replace('${ENV:', '${env:');
  return stringify({
    kind: 'destination',
    ...settings,
    ...(names.length > 0 && {
      secretValues: Object.fromEntries(names.map((name) => [name, variable(name)])),
    }),
  });
}
