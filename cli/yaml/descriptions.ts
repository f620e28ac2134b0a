/**
 * The contracts' doc comments as descriptions of the JSON Schema, so that an editor shows beside a setting what its
 * contract says of it. The contracts are formatted by one tool, so a setting's depth shows by its indentation.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Described {
  readonly text?: string;
  /** The contract that its value is of, where it is a named one. */
  readonly type?: string;
  readonly settings: Map<string, Described>;
}

/** By the name of the contract. */
export type Descriptions = ReadonlyMap<string, Described>;

const folder = fileURLToPath(new URL('../../shared/contracts/', import.meta.url));

type Schema = Record<string, unknown>;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null;

/** Adds what the contract says to the schema that was made of it. */
export function describe(schema: unknown, contract: string, descriptions: Descriptions): void {
  const own = descriptions.get(contract);
  if (own) describeSettings(schema, own, descriptions);
}

function describeSettings(schema: unknown, own: Described, descriptions: Descriptions): void {
  if (!isSchema(schema)) return;
  const { properties } = schema;
  if (isSchema(properties)) {
    for (const [name, property] of Object.entries(properties)) {
      const described = own.settings.get(name);
      if (!described || !isSchema(property)) continue;
      const type = descriptions.get(described.type ?? '');
      const text = described.text ?? type?.text;
      if (text !== undefined) property['description'] = text;
      describeSettings(
        property,
        described.settings.size > 0 ? described : (type ?? described),
        descriptions,
      );
    }
  }
  // Variants, items of a list and values of a record are of the same contract.
  for (const inner of ['anyOf', 'oneOf', 'allOf', 'items', 'additionalProperties']) {
    const part = schema[inner];
    for (const each of Array.isArray(part) ? part : [part]) {
      if (isSchema(each) && !isSchema(each['$ref'])) describeSettings(each, own, descriptions);
    }
  }
}

export function readDescriptions(): Descriptions {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const found = new Map<string, Described>();
  for (const file of files) collect(readFileSync(folder + file, 'utf8'), found);
  return found;
}

function collect(source: string, found: Map<string, Described>): void {
  const open: { readonly indent: number; readonly described: Described }[] = [];
  let comment: string | undefined;
  for (const part of source.matchAll(
    /^( *)\/\*\*\s*([\s\S]*?)\s*\*\/|^(?:export )?const (\w+)\b|^( *)(\w+):(.*)$|^(.*)$/gm,
  )) {
    const [, , text, contract, indent, setting, value = ''] = part;
    if (text !== undefined) {
      comment = text.replace(/\s*(^|\n)\s*\*\s?/g, ' ').trim();
      continue;
    }
    if (contract !== undefined) {
      const described: Described = {
        ...(comment !== undefined && { text: comment }),
        settings: new Map(),
      };
      found.set(contract, described);
      open.splice(0, open.length, { indent: -1, described });
    }
    if (indent !== undefined && setting !== undefined) {
      while ((open.at(-1)?.indent ?? -1) >= indent.length) open.pop();
      const type = /\b([A-Z]\w+)\b/.exec(value)?.[1];
      const described: Described = {
        ...(comment !== undefined && { text: comment }),
        ...(type !== undefined && { type }),
        settings: new Map(),
      };
      const parent = open.at(-1)?.described.settings;
      // Of a setting that several variants have, the one that is described counts.
      if (!parent?.get(setting)?.text) parent?.set(setting, described);
      open.push({ indent: indent.length, described });
    }
    comment = undefined;
  }
}
