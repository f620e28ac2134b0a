/**
 * What no compiler looks at: files and exports that nobody uses, documents that name what is not there. Pure, over the
 * texts of a project, so that the checks themselves can be tried on made-up ones.
 */
import { posix } from 'node:path';

export interface Project {
  /** Text by path from the root: all there is in the repository that is text. */
  readonly files: ReadonlyMap<string, string>;
  /** Whether the file is started by somebody, and so need not be imported. */
  readonly isStarted: (file: string) => boolean;
}

/** `export const name`, `export type Name`, `export async function* name`. */
const declared =
  /^export (?:declare )?(?:abstract )?(?:async )?(const|let|function\*?|class|interface|type|enum) (\w+)/gm;
/** `export { a, b as c };` */
const listed = /^export (?:type )?\{([^}]*)\}/gm;
const imported =
  /^(?:import|export)\s+(?:type\s+)?([\w*\s{},$]*?)\s*from\s+'([^']+)'|\bimport\('([^']+)'\)|^import '([^']+)'|\bimport\.meta\.resolve\('([^']+)'\)/gm;

interface Import {
  readonly target: string;
  /** Undefined: all of them. */
  readonly names: readonly string[] | undefined;
}

function importsOf(file: string, text: string): Import[] {
  return [...text.matchAll(imported)].flatMap(([, clause, from, lazy, bare, resolved]) => {
    const target = from ?? lazy ?? bare ?? resolved ?? '';
    if (!target.startsWith('.')) return [];
    const names = /\{([^}]*)\}/.exec(clause ?? '')?.[1];
    const isWhole = names === undefined;
    return [
      {
        target: posix.normalize(posix.join(posix.dirname(file), target)),
        names: isWhole ? undefined : namesIn(names),
      },
    ];
  });
}

/** Before `as`: the name that the other file gives it. */
const namesIn = (list: string): string[] =>
  list
    .split(',')
    .map((each) =>
      each
        .trim()
        .replace(/^type /, '')
        .replace(/ as .*/, ''),
    )
    .filter((name) => name !== '');

const isCode = (file: string) => /(?<!\.d)\.tsx?$/.test(file);
const isDocument = (file: string) => file.endsWith('.md');

/** Files of code that nobody imports and nobody starts. */
export function deadFiles({ files, isStarted }: Project): string[] {
  const used = new Set(
    [...files].flatMap(([file, text]) =>
      isCode(file) ? importsOf(file, text).map(({ target }) => target) : [],
    ),
  );
  return [...files.keys()].filter((file) => isCode(file) && !used.has(file) && !isStarted(file));
}

/**
 * What is exported and nobody imports. A type that its own file uses may be exported: it names what its functions take
 * and give.
 */
export function deadExports({ files, isStarted }: Project): string[] {
  const used = new Map<string, Set<string> | 'all'>();
  for (const [file, text] of files) {
    if (!isCode(file)) continue;
    for (const { target, names } of importsOf(file, text)) {
      const before = used.get(target) ?? new Set();
      if (!names || before === 'all') used.set(target, 'all');
      else used.set(target, new Set([...before, ...names]));
    }
  }
  return [...files].flatMap(([file, text]) => {
    const names = used.get(file) ?? new Set();
    if (!isCode(file) || names === 'all' || isStarted(file)) return [];
    return exportsOf(text)
      .filter(({ name }) => !names.has(name))
      .filter(({ name, isType }) => !isType || occurrences(text, name) < 2)
      .map(({ name }) => `${file}: ${name}`);
  });
}

function exportsOf(text: string): { readonly name: string; readonly isType: boolean }[] {
  const own = [...text.matchAll(declared)].map(([, kind, name = '']) => ({
    name,
    isType: kind === 'interface' || kind === 'type',
  }));
  const lists = [...text.matchAll(listed)].flatMap(([, list = '']) =>
    list
      .split(',')
      .map((each) =>
        each
          .trim()
          .replace(/^type /, '')
          .replace(/.* as /, ''),
      )
      .filter((name) => name !== '')
      .map((name) => ({ name, isType: false })),
  );
  return [...own, ...lists];
}

const occurrences = (text: string, word: string): number =>
  text.match(new RegExp(`\\b${word}\\b`, 'g'))?.length ?? 0;

/** Longer than a file may be. */
export function longFiles({ files }: Project, most: number): string[] {
  return [...files].flatMap(([file, text]) => {
    const lines = text.split('\n').length - 1;
    return isCode(file) && lines > most ? [`${file}: ${lines} lines`] : [];
  });
}

/** What was left for later: words for it, and tests that do not run or keep others from it. */
export function unfinished({ files }: Project): string[] {
  // Spelt so that this file is not found itself.
  const marks =
    /\b(?:TO[D]O|FIX[M]E)\b|\b(?:test|it|describe)(?:\.\w+)*\.(?:skip|only|todo|fails)\b/g;
  return [...files].flatMap(([file, text]) =>
    isCode(file) ? [...text.matchAll(marks)].map(([mark]) => `${file}: ${mark}`) : [],
  );
}

const withoutBlocks = (document: string) => document.replace(/^```[\s\S]*?^```$/gm, '');

/** Documents that have no title, or several. */
export function wrongTitles({ files }: Project): string[] {
  return [...files].flatMap(([file, text]) => {
    const titles = withoutBlocks(text).match(/^# .+$/gm)?.length ?? 0;
    return isDocument(file) && titles !== 1 ? [`${file}: ${titles} titles`] : [];
  });
}

/**
 * Files, folders and headings that a document links to, or a document or the code names, and that are not there. Tests
 * name files that they make up.
 */
export function brokenNames({ files }: Project, rooms: readonly string[]): string[] {
  const folders = new Set([...files.keys()].flatMap(foldersOf));
  const names = new Set([...files.keys()].map((file) => posix.basename(file)));
  const isThere = (path: string) => files.has(path) || folders.has(path.replace(/\/$/, ''));
  const inRooms = new RegExp(
    `(?<![\\w./@-])(?:${rooms.join('|')})/[\\w./-]*[\\w/](?![\\w{*<…])`,
    'g',
  );
  return [...files].flatMap(([file, text]) => {
    const isRead = isDocument(file) || (isCode(file) && !file.startsWith('test/'));
    const named = isRead ? (text.match(inRooms) ?? []) : [];
    const wrong = named.filter((path) => !isThere(path));
    if (isDocument(file)) {
      const bare = [...text.matchAll(/`([\w-]+\.(?:ts|md))`/g)].map(([, name = '']) => name);
      wrong.push(...bare.filter((name) => !names.has(name)), ...brokenLinks(file, text, files));
    }
    return wrong.map((path) => `${file}: ${path}`);
  });
}

const foldersOf = (file: string): string[] =>
  file.split('/').map((_, depth, parts) => parts.slice(0, depth).join('/'));

function brokenLinks(file: string, text: string, files: ReadonlyMap<string, string>): string[] {
  return [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, link = '']) => {
    if (/^[a-z]+:/.test(link)) return [];
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? file : posix.join(posix.dirname(file), path);
    const found = files.get(target);
    if (found === undefined) return [link];
    return anchor === undefined || anchorsOf(found).has(anchor) ? [] : [link];
  });
}

/** As GitHub makes them of headings. */
const anchorsOf = (document: string): Set<string> =>
  new Set(
    [...withoutBlocks(document).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replace(/[^\p{L}\p{N}\s_-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );

/** Scripts of npm that a document names and package.json does not have. */
export function missingScripts({ files }: Project, scripts: readonly string[]): string[] {
  return [...files].flatMap(([file, text]) =>
    isDocument(file)
      ? [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)]
          .map(([, run, own]) => run ?? own ?? '')
          .filter((name) => !scripts.includes(name))
          .map((name) => `${file}: npm run ${name}`)
      : [],
  );
}

/** Dependencies that are not pinned, or whose reason the document does not give; its names may end with a star. */
export function unexplained(
  dependencies: Readonly<Record<string, string>>,
  document: string,
): string[] {
  const told = [...document.matchAll(/`((?:@[\w-]+\/)?[\w.*-]+)`/g)].map(([, name = '']) => name);
  const isTold = (name: string) =>
    told.some(
      (each) => each === name || (each.endsWith('*') && name.startsWith(each.slice(0, -1))),
    );
  return Object.entries(dependencies).flatMap(([name, version]) => [
    ...(/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version) ? [] : [`${name} is not pinned`]),
    ...(isTold(name) ? [] : [`${name} has no reason`]),
  ]);
}
