/** The presets of `presets/`, read and checked as their user would: what can't be saved once it is filled in is no preset. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';
import { prettifyError } from 'zod';
import { checkDocuments } from '../cli/yaml/check.ts';
import { readDocuments } from '../cli/yaml/read.ts';
import { filledIn, Preset, PresetHead, placeholders } from '../shared/contracts/preset.ts';

const folder = new URL('../presets/', import.meta.url);

/** In the order of their names. @throws Error that names the file, and what is wrong in it */
export const readPresets = (): Preset[] =>
  readdirSync(fileURLToPath(folder))
    .filter((file) => file.endsWith('.yaml'))
    .sort()
    .map((file) => presetOf(file, readFileSync(new URL(file, folder), 'utf8')));

export function presetOf(file: string, text: string): Preset {
  const [first = '', ...rest] = text.split(/^---\n/m);
  const id = basename(file, '.yaml');
  const read = PresetHead.safeParse(parsed(first)[0]);
  if (!read.success) throw new Error(`${file} begins wrong:\n${prettifyError(read.error)}`);
  const { kind: _, ...own } = read.data;
  const head = { ...own, fill: { ...own.fill, ...source(id) } };
  const yaml = rest.join('---\n');
  const [destination, sync] = parsed(yaml);
  if (!destination || !sync)
    throw new Error(`${file} has a destination and a sync, in this order.`);
  check(file, yaml, head.fill);
  const { kind: _destination, secretValues, ...saved } = destination;
  const { kind: _sync, ...mirrored } = sync;
  const secrets = Object.keys(secretValues ?? {});
  return Preset.parse({ id, ...head, destination: saved, secrets, sync: mirrored, yaml });
}

/** What every sync needs. */
const source = (id: string): Preset['fill'] => ({
  BUCKET: { about: 'the bucket that your warehouse exports to', example: 'my-exports' },
  PREFIX: { about: 'the prefix below which the exports lie', example: `exports/${id}/` },
});

// biome-ignore lint/suspicious/noExplicitAny: parsed by its contract right after
const parsed = (text: string): any[] => {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? documents.map((each) => each.toJS()) : [];
};

function check(file: string, yaml: string, fill: Preset['fill']): void {
  const named = placeholders(yaml).sort();
  const told = Object.keys(fill).sort();
  if (named.join() !== told.join()) {
    throw new Error(
      `${file} names <${named.join('>, <')}>, and says of ${told.join(', ')} what they are.`,
    );
  }
  const examples = Object.entries(fill).map(([name, { example }]) => [name, example] as const);
  const documents = readDocuments([{ name: file, text: filledIn(yaml, new Map(examples)) }]);
  const { problems, warnings } = checkDocuments(documents, { allowLoopbackHttp: false });
  const wrong = [...documents.problems, ...problems, ...warnings];
  if (wrong.length > 0) {
    const list = wrong.map(({ path, code, message }) => `${path}: ${code}: ${message}`);
    throw new Error(`${file} cannot be saved:\n${list.join('\n')}`);
  }
}

export const presetsText = (): string => `${JSON.stringify(readPresets(), null, 1)}\n`;

/** Rows of the table of platforms. */
export const platformRows = (): string[][] =>
  readPresets().map(({ id, name, people, documentation, missing, unverified }) => [
    `\`${id}\``,
    name,
    people,
    documentation.map(({ title, date }) => `${title} (${date})`).join('; '),
    missing.join(' '),
    unverified.join(' '),
  ]);
