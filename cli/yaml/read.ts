/** Reads YAML files into destinations and syncs, or into everything that is wrong with them, each with its place. */
import { isMap, LineCounter, parseAllDocuments, type YAMLParseError } from 'yaml';
import type { DestinationInput } from '../../shared/contracts/destination.ts';
import { placeholders } from '../../shared/contracts/preset.ts';
import type { SyncInput } from '../../shared/contracts/sync.ts';
import type { Problem } from '../../shared/domain/words/problem.ts';
import { settingProblems } from '../../shared/domain/words/setting-problems.ts';
import {
  DestinationDocument,
  type Kind,
  kinds,
  type SecretReferences,
  SyncDocument,
} from './documents.ts';
import { at, type Located, type Place, placeInText, placeOf, stepsOf } from './place.ts';

export interface ToldProblem extends Problem {
  /** Absent where what is wrong stands in no file. */
  readonly place?: Place | undefined;
  /** The setting within its document; absent where it is about the whole. */
  readonly path?: string | undefined;
}

export interface FileProblem extends ToldProblem {
  readonly place: Place;
}

interface Entry<K extends Kind, Input> {
  readonly kind: K;
  readonly input: Input;
  readonly place: Place;
  /** Finds the place of a problem that names a path within the document, as our checks name them. */
  locate(problem: PathProblem): ToldProblem;
}

export interface PathProblem extends Problem {
  readonly path: string;
}

export interface DestinationEntry extends Entry<'destination', DestinationInput> {
  readonly secretValues: SecretReferences;
}
export type SyncEntry = Entry<'sync', SyncInput>;

export interface Documents {
  readonly destinations: readonly DestinationEntry[];
  readonly syncs: readonly SyncEntry[];
  readonly problems: readonly FileProblem[];
}

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

export function readDocuments(files: readonly SourceFile[]): Documents {
  const destinations: DestinationEntry[] = [];
  const syncs: SyncEntry[] = [];
  const problems: FileProblem[] = [];
  for (const file of files) {
    for (const located of documentsOf(file, problems)) {
      const entry = entryOf(located, problems);
      if (entry?.kind === 'destination') destinations.push(entry);
      if (entry?.kind === 'sync') syncs.push(entry);
    }
  }
  problems.push(...repeated(destinations), ...repeated(syncs));
  return { destinations, syncs, problems: problems.sort(byPlace) };
}

const byPlace = ({ place: a }: FileProblem, { place: b }: FileProblem): number =>
  a.file.localeCompare(b.file) || a.line - b.line || a.column - b.column;

/** Those that can be read as YAML and hold something. */
function documentsOf({ name, text }: SourceFile, problems: FileProblem[]): Located[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, { lineCounter: lines, prettyErrors: false });
  const documents = Array.isArray(parsed) ? parsed : [];
  const located = documents.map((document) => ({ file: name, source: text, document, lines }));
  const faulty = located.flatMap((each) => each.document.errors.map((error) => ({ each, error })));
  problems.push(...faulty.map(({ each, error }) => syntaxProblem(each, error)));
  if (faulty.length === 0 && located.every(({ document }) => document.contents === null)) {
    problems.push({
      place: { file: name, line: 1, column: 1 },
      code: 'file-empty',
      message:
        'The file holds neither a destination nor a sync. Write one, or let audience-mirror init do so.',
    });
  }
  return located.filter(
    ({ document }) => document.errors.length === 0 && document.contents !== null,
  );
}

const syntaxProblem = (located: Located, { pos, message }: YAMLParseError): FileProblem => ({
  place: at(located, pos[0]),
  code: 'yaml-invalid',
  message: `This is not valid YAML (${message}). Correct it; text with special characters goes between quotes.`,
});

function entryOf(
  located: Located,
  problems: FileProblem[],
): DestinationEntry | SyncEntry | undefined {
  const { document } = located;
  const named: unknown = isMap(document.contents) ? document.get('kind') : undefined;
  const content = contentOf(located, problems);
  if (content === undefined) return undefined;
  const left = placeholders(JSON.stringify(content));
  if (left.length > 0) {
    problems.push({
      place: at(located, located.source.indexOf(`<${left[0]}>`, document.range?.[0])),
      code: 'fill-in-left',
      message: `Something is still to be filled in: <${left.join('>, <')}>. Write the values in their places.`,
    });
    return undefined;
  }
  const kind = named ?? kindByShape(content);
  const told = { ...Object(content), kind };
  if (kind === 'destination') return destinationOf(located, told, problems);
  if (kind === 'sync') return syncOf(located, told, problems);
  problems.push({
    place: placeOf(located, ['kind']),
    code: 'kind-missing',
    message: `${kind === undefined ? 'A document says in its field kind what it is.' : `There is no kind ${JSON.stringify(kind)}.`} Write kind: ${kinds.join(' or kind: ')}.`,
  });
  return undefined;
}

/** Of a document that does not say it, such as what the API takes: by settings that only one of both has. */
function kindByShape(content: unknown): Kind | undefined {
  if (typeof content !== 'object' || content === null) return undefined;
  const isDestination = 'baseUrl' in content || 'actions' in content;
  const isSync = 'mappings' in content || 'source' in content;
  if (isDestination === isSync) return undefined;
  return isDestination ? 'destination' : 'sync';
}

/** Undefined where aliases would make something huge of it. */
function contentOf(located: Located, problems: FileProblem[]): unknown {
  try {
    return located.document.toJS({ maxAliasCount: 100 });
  } catch {
    problems.push({
      place: placeOf(located, []),
      code: 'yaml-invalid',
      message: 'The document uses more aliases than can be followed. Write its values out.',
    });
    return undefined;
  }
}

const common = (located: Located, prefix: string) => ({
  place: placeOf(located, []),
  locate: (problem: PathProblem) => locate(located, problem, prefix),
});

function destinationOf(
  located: Located,
  content: unknown,
  problems: FileProblem[],
): DestinationEntry | undefined {
  const own = common(located, 'destination');
  const read = DestinationDocument.safeParse(content);
  if (!read.success) {
    problems.push(...settingProblems('destination', read.error).map(own.locate));
    return undefined;
  }
  const { kind, secretValues, ...input } = read.data;
  return { ...own, kind, input, secretValues };
}

function syncOf(
  located: Located,
  content: unknown,
  problems: FileProblem[],
): SyncEntry | undefined {
  const own = common(located, 'sync');
  const read = SyncDocument.safeParse(content);
  if (!read.success) {
    problems.push(...settingProblems('', read.error).map(own.locate));
    return undefined;
  }
  const { kind, ...input } = read.data;
  return { ...own, kind, input };
}

/** A template's own line and column become those of the file, where its text is a block. */
function locate(located: Located, { path, code, message }: PathProblem, prefix: string) {
  const own = path.startsWith(prefix) ? path.slice(prefix.length).replace(/^\./, '') : path;
  const steps = stepsOf(own);
  const [whole, line, column] = /^Line (\d+), column (\d+): /.exec(message) ?? [];
  const exact =
    whole === undefined ? undefined : placeInText(located, steps, Number(line), Number(column));
  return {
    place: exact ?? placeOf(located, steps),
    path: own === '' ? undefined : own,
    code,
    message: exact ? message.slice(whole?.length) : message,
  };
}

function repeated(entries: readonly (DestinationEntry | SyncEntry)[]): FileProblem[] {
  const first = new Map<string, Place>();
  return entries.flatMap(({ kind, input: { id }, place }) => {
    const other = first.get(id);
    if (!other) {
      first.set(id, place);
      return [];
    }
    const message = `The ${kind} "${id}" stands here and at ${other.file}:${other.line}. Take one out, or give it another id.`;
    return [{ place, code: 'id-repeated', message }];
  });
}
