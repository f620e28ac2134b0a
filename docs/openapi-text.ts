/** The API's document: its routes, and what the contracts' doc comments say of their settings, as editors show it, too. */
import { describe, readDescriptions } from '../cli/yaml/descriptions.ts';
import { routesDocument } from '../functions/api/app.ts';
import { problemsText } from './problems-text.ts';
import { usualWords } from './usual-words.ts';

/** The contract that a schema of the document is of, where they are called otherwise. */
const contracts: Readonly<Record<string, string>> = {
  Sync: 'SyncInput',
  SyncSettings: 'SyncInput',
  Destination: 'DestinationInput',
  DestinationSettings: 'DestinationInput',
  Record: 'LogRecord',
  Erasure: 'ErasureReceipt',
};

type Json = Record<string, unknown>;

const isJson = (value: unknown): value is Json => typeof value === 'object' && value !== null;

/** @param runbook whose sections and rows are the codes */
export function openApiText(runbook: string): string {
  const document = routesDocument();
  const { components } = document;
  const schemas = isJson(components) && isJson(components['schemas']) ? components['schemas'] : {};
  const descriptions = readDescriptions();
  for (const [name, schema] of Object.entries(schemas)) {
    const said = structuredClone(schema);
    describe(schema, contracts[name] ?? name, descriptions);
    overlay(schema, said);
  }
  fill(document);
  const code = propertiesOf(schemas['Problem'])['code'];
  if (isJson(code)) code['enum'] = Object.keys(JSON.parse(problemsText(runbook)));
  return `${JSON.stringify(document, null, 1)}\n`;
}

const propertiesOf = (schema: unknown): Json =>
  isJson(schema) && isJson(schema['properties']) ? schema['properties'] : {};

/** What the routes say goes before what a contract says. */
function overlay(schema: unknown, said: unknown): void {
  if (!isJson(schema) || !isJson(said)) return;
  for (const [name, before] of Object.entries(said)) {
    if (name === 'description' && typeof before === 'string') schema[name] = before;
    else overlay(schema[name], before);
  }
}

/** What nobody says is what the name means everywhere. */
function fill(value: unknown): void {
  if (!isJson(value)) return;
  for (const [name, property] of Object.entries(propertiesOf(value))) {
    const usual = usualWords[name];
    if (isJson(property) && property['description'] === undefined && usual !== undefined) {
      property['description'] = usual;
    }
  }
  const { name, description } = value;
  if (value['in'] !== undefined && typeof name === 'string' && description === undefined) {
    const usual = usualWords[name];
    if (usual !== undefined) value['description'] = usual;
  }
  for (const below of Object.values(value)) fill(below);
}
