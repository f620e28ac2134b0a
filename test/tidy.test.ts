/** Nothing lies about: no file, export, name, link or script that leads nowhere. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { describe, expect, test } from 'vitest';
import manifest from '../package.json' with { type: 'json' };
import {
  brokenNames,
  deadExports,
  deadFiles,
  longFiles,
  missingScripts,
  type Project,
  unexplained,
  unfinished,
  wrongTitles,
} from './tidy.ts';

const root = join(import.meta.dirname, '..');
const rooms = ['bench', 'cdk', 'cli', 'console', 'docs', 'functions', 'local', 'shared', 'test'];
const mostLines = 400;

/** All that is text, as it lies here: what git knows, and what is new. */
function thisProject(): Project {
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '--deduplicate'], {
    cwd: root,
    encoding: 'utf8',
  });
  const names = listed
    .split('\n')
    .filter((name) => /\.(tsx?|js|json|html|md|png|csv|parquet)$/.test(name));
  const files = new Map(names.flatMap((name) => textOf(name)));
  return { files, isStarted: startedIn(files) };
}

function textOf(name: string): [string, string][] {
  try {
    return [
      [name, /\.(png|csv|parquet)$/.test(name) ? '' : readFileSync(join(root, name), 'utf8')],
    ];
  } catch {
    return []; // Deleted, and git does not know yet.
  }
}

/** By a tool that knows it by its name, by a script, or by another file as a process of its own. */
function startedIn(files: ReadonlyMap<string, string>): Project['isStarted'] {
  const started = new Set(
    [...files].flatMap(([file, text]) =>
      [...text.matchAll(/(?<=['" /])([\w-]+)(?:\.tsx?)?(?=['" ])/g)].map(
        ([, name]) => `${file.split('/', 1)[0]}/${name}`,
      ),
    ),
  );
  return (file) => {
    const [room] = file.split('/', 1);
    const name = posix.basename(file);
    const isKnown = /\.(test|config)\.ts$/.test(name) || name === 'handler.ts';
    const scripts = [files.get('package.json'), files.get('cdk.json')].join();
    return (
      isKnown || scripts.includes(file) || started.has(`${room}/${name.replace(/\.tsx?$/, '')}`)
    );
  };
}

describe('the project', () => {
  const project = thisProject();

  test('has no file that nobody imports or starts', () => {
    expect(deadFiles(project)).toEqual([]);
  });

  test('has no export that nobody imports', () => {
    expect(deadExports(project)).toEqual([]);
  });

  test(`has no file of code with more than ${mostLines} lines`, () => {
    expect(longFiles(project, mostLines)).toEqual([]);
  });

  test('leaves nothing for later', () => {
    expect(unfinished(project)).toEqual([]);
  });

  test('has documents with one title each', () => {
    expect(wrongTitles(project)).toEqual([]);
  });

  test('names and links to files, folders and headings that are there', () => {
    expect(brokenNames(project, rooms)).toEqual([]);
  });

  test('pins each dependency, and says why it is there', () => {
    const { dependencies, devDependencies } = manifest;
    const document = project.files.get('docs/dependencies.md') ?? '';
    expect(unexplained({ ...dependencies, ...devDependencies }, document)).toEqual([]);
  });

  test('names scripts that there are', () => {
    expect(missingScripts(project, Object.keys(manifest.scripts))).toEqual([]);
  });
});

describe('the checks themselves', () => {
  const of = (files: Readonly<Record<string, string>>): Project => ({
    files: new Map(Object.entries(files)),
    isStarted: (file) => file === 'cli/main.ts',
  });

  test('find files that nobody imports, and take every way to import for one', () => {
    const project = of({
      'cli/main.ts': "import { a } from './a.ts';\nexport type { B } from '../shared/b.ts';",
      'cli/a.ts': "export const a = () => import('./lazy.ts');",
      'cli/lazy.ts': '',
      'shared/b.ts': '',
      'shared/dead.ts': "import './a.ts';",
    });
    expect(deadFiles(project)).toEqual(['shared/dead.ts']);
  });

  test('find exports that nobody imports, but for types that name what a function takes', () => {
    const project = of({
      'cli/main.ts': "import { a as other, type T } from './a.ts';\nexport const started = 1;",
      'cli/a.ts':
        'export const a = 1;\nexport type T = 1;\nexport function dead() {}\nexport const own = a;\nuse(own);\nexport interface Taken {}\nconst use = (taken: Taken) => 1;\nexport type Dead = 1;',
      'cli/whole.ts': 'export const any = 1;',
      'cli/user.ts': "import * as whole from './whole.ts';",
    });
    expect(deadExports(project)).toEqual(['cli/a.ts: dead', 'cli/a.ts: own', 'cli/a.ts: Dead']);
  });

  test('find what is long, and what was left for later', () => {
    const left = ['TO' + 'DO: later', 'test.on' + "ly('x')", 'describe.sk' + "ip('y')"];
    const project = of({ 'cli/a.ts': `${left.join('\n')}\n`, 'cli/b.ts': 'fine\n' });
    expect(longFiles(project, 2)).toEqual(['cli/a.ts: 3 lines']);
    expect(unfinished(project).map((found) => found.split(': ')[1])).toEqual([
      'TO' + 'DO',
      'test.on' + 'ly',
      'describe.sk' + 'ip',
    ]);
  });

  test('find documents without a title or with two, and none in a block of code', () => {
    const project = of({
      'docs/none.md': 'text',
      'docs/one.md': '# One\n\n```sh\n# a comment\n```\n',
      'docs/two.md': '# One\n# Two',
    });
    expect(wrongTitles(project)).toEqual(['docs/none.md: 0 titles', 'docs/two.md: 2 titles']);
  });

  test('find dependencies without a reason, and versions that are not pinned', () => {
    const given = { 'a-x': '1.2.3', b: '^1.0.0', '@c/d': '1.5.5-r.5', e: '1.0.0' };
    expect(unexplained(given, '| `a-*` | … | `b` and `@c/d`')).toEqual([
      'b is not pinned',
      'e has no reason',
    ]);
  });

  test('find names, links, headings and scripts that are not there', () => {
    const project = of({
      'docs/a.md':
        '# A\n`docs/a.md`, `docs/gone.md`, `docs/`, `docs/{any}/x.md`, `gone.ts`, [a](#a), [b](#b), [c](gone.md), [d](https://example.com/x), npm run gone, npm start',
      'cli/main.ts': '/** See docs/lost.md and cli/main.ts. */',
    });
    expect(brokenNames(project, ['docs', 'cli'])).toEqual([
      'docs/a.md: docs/gone.md',
      'docs/a.md: gone.ts',
      'docs/a.md: #b',
      'docs/a.md: gone.md',
      'cli/main.ts: docs/lost.md',
    ]);
    expect(missingScripts(project, ['start'])).toEqual(['docs/a.md: npm run gone']);
  });
});
