/** How errors and problems are told: one line each, place first, so that editors and people find it. */
import { ZodError } from 'zod';
import { MirrorError } from '../shared/domain/words/errors.ts';
import { ApiRefusal } from './api/client.ts';
import { FilesRefused } from './files.ts';
import type { Terminal } from './terminal.ts';
import type { PathProblem, ToldProblem } from './yaml/read.ts';

export function tellProblem(
  { noteStyle }: Terminal,
  { place, path, code, message }: ToldProblem,
  style: 'red' | 'yellow' = 'red',
): string {
  const at = place ? `${noteStyle('bold', `${place.file}:${place.line}:${place.column}`)}: ` : '';
  const word = style === 'red' ? 'error' : 'warning';
  const setting = path === undefined ? '' : `${path}: `;
  return `${at}${noteStyle(style, word)}: ${setting}${message} ${noteStyle('dim', `(${code})`)}`;
}

const tellPath = ({ noteStyle }: Terminal, { path, code, message }: PathProblem): string =>
  `  ${path === '' ? '' : `${path}: `}${message} ${noteStyle('dim', `(${code})`)}`;

/** All lines that an error takes; of one that is not ours nothing but its kind and text, never its stack. */
export function tellError(terminal: Terminal, error: unknown): string {
  if (error instanceof FilesRefused) {
    const lines = error.problems.map((problem) => tellProblem(terminal, problem));
    return [...lines, ...(error.hint ? [error.hint] : [])].join('\n');
  }
  const word = terminal.noteStyle('red', 'error');
  if (error instanceof ApiRefusal) {
    const { problems, message, code } = error;
    const lines = problems.map((problem) => tellPath(terminal, problem));
    return [`${word}: ${message} ${terminal.noteStyle('dim', `(${code})`)}`, ...lines].join('\n');
  }
  if (error instanceof MirrorError) {
    return `${word}: ${error.message} ${terminal.noteStyle('dim', `(${error.code})`)}`;
  }
  if (error instanceof ZodError) {
    const place = error.issues[0]?.path.join('.') ?? '';
    return `${word}: The system's answer is not what this version expects (at "${place}"). Use the command line of the version that runs there.`;
  }
  const said = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return `${word}: Something unexpected stopped this command (${said}). Set AUDIENCE_MIRROR_DEBUG=1 to see where, and report it.`;
}
