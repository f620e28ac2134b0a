/** Settings as the YAML that `apply` takes. */
import { parseDocument, stringify } from 'yaml';
import { say } from './text.ts';

export const yamlOfSync = (settings: object): string => stringify({ kind: 'sync', ...settings });

/** Secrets are never told: an environment variable is named where one is set. */
export function yamlOfDestination(
  settings: { readonly id?: unknown },
  secrets: readonly string[],
): string {
  const variable = (name: string) =>
    `\${env:${`${settings.id}-${name}`.replace(/\W/g, '_').toUpperCase()}}`;
  return stringify({
    kind: 'destination',
    ...settings,
    ...(secrets.length > 0 && {
      secretValues: Object.fromEntries(secrets.map((name) => [name, variable(name)])),
    }),
  });
}

type Read = { readonly settings: Values } | { readonly error: string };
type Value = null | boolean | number | string | readonly Value[] | Values;
interface Values {
  readonly [name: string]: Value;
}

/** One document of that kind, with or without its word; what answers have beside settings, and secrets, are left out. */
export function settingsOfYaml(text: string, kind: 'destination' | 'sync'): Read {
  const document = parseDocument(text);
  const [wrong] = document.errors;
  if (wrong) return { error: wrong.message };
  const found: unknown = document.toJS();
  if (!isValues(found)) return { error: say('edit.yamlNone', { kind }) };
  const {
    kind: word = kind,
    version,
    status,
    warnings,
    secrets,
    secretValues,
    ...settings
  } = found;
  return word === kind ? { settings } : { error: say('edit.yamlKind', { kind }) };
}

const isValues = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
