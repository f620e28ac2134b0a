/** The YAML files that a command is given. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { ConfigurationError } from '../shared/domain/words/errors.ts';
import type { Session } from './session.ts';
import { type Documents, readDocuments, type SourceFile, type ToldProblem } from './yaml/read.ts';

/** What is wrong with files, each problem with its place. */
export class FilesRefused extends ConfigurationError {
  readonly problems: readonly ToldProblem[];

  /** What may help, beside the mend of each. */
  readonly hint: string | undefined;

  constructor(problems: readonly ToldProblem[], hint?: string) {
    super('files-invalid', 'The files are not as they must be. Correct what is named.');
    this.problems = problems;
    this.hint = hint;
  }
}

/** @throws FilesRefused, ConfigurationError `file-missing`, `folder-without-yaml` */
export async function loadDocuments(
  session: Session,
  names: readonly string[],
): Promise<Documents> {
  const documents = readDocuments(await readFiles(session, names));
  if (documents.problems.length > 0) throw new FilesRefused(documents.problems);
  return documents;
}

/** Files, folders of them, or `-` for what is piped in. */
export async function readFiles(session: Session, names: readonly string[]): Promise<SourceFile[]> {
  const files: SourceFile[] = [];
  for (const name of names) {
    if (name === '-') files.push({ name: 'stdin', text: await text(session.world.stdin) });
    else for (const file of await expand(session, name)) files.push(await readOne(session, file));
  }
  return files;
}

async function expand(session: Session, name: string): Promise<string[]> {
  const path = session.absolute(name);
  const found = await stat(path).catch(() => undefined);
  if (!found?.isDirectory()) return [path];
  const inside = (await readdir(path)).filter((file) => /\.ya?ml$/.test(file)).sort();
  if (inside.length > 0) return inside.map((file) => join(path, file));
  throw new ConfigurationError(
    'folder-without-yaml',
    `The folder ${session.shown(path)} holds no .yaml file. Name another, or a file.`,
  );
}

async function readOne(session: Session, path: string): Promise<SourceFile> {
  const name = session.shown(path);
  try {
    return { name, text: await readFile(path, 'utf8') };
  } catch {
    throw new ConfigurationError(
      'file-missing',
      `The file ${name} cannot be read. Check its name.`,
    );
  }
}
