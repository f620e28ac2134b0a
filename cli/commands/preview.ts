/** `preview`: the request that an action would make of some rows. Nothing is sent. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/domain/errors.ts';
import { type PreviewView, preview } from '../api/preview.ts';
import { type ExitCode, exit } from '../exit.ts';
import { loadDocuments } from '../files.ts';
import { readGiven } from '../given.ts';
import { indented } from '../json-text.ts';
import type { Session } from '../session.ts';

const Given = z.object({
  args: z.tuple([z.string().optional()]),
  file: z.array(z.string()).optional(),
  action: z.enum(['insert', 'update', 'delete']),
  rows: z.string().optional(),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [id],
    file,
    action,
    rows,
  } = readGiven(Given, given);
  const previewed = await preview(await session.api(), {
    ...(await subjectOf(session, id, file)),
    action,
    ...(rows !== undefined && { rows: await rowsOf(session, rows) }),
  });
  await tellPreview(session, previewed);
  return previewed.ok ? exit.done : exit.mend;
}

/** What is previewed: saved, or as the files have it. */
async function subjectOf(session: Session, id: string | undefined, file: string[] | undefined) {
  if (file === undefined) {
    if (id !== undefined) return { sync: id };
    throw new ConfigurationError(
      'sync-missing',
      'Say which sync is previewed: its id, or a file that holds it (-f).',
    );
  }
  const { syncs, destinations } = await loadDocuments(session, file);
  const found = id === undefined ? syncs : syncs.filter(({ input }) => input.id === id);
  const [entry, another] = found;
  if (!entry || another) {
    throw new ConfigurationError(
      'sync-missing',
      `The files hold ${found.length === 0 ? 'no such sync' : `${found.length} syncs`}. Name one of theirs.`,
    );
  }
  const sync = entry.input;
  const own = destinations.find(({ input }) => input.id === sync.destination);
  return { sync, destination: own?.input ?? sync.destination };
}

const Rows = z.array(z.record(z.string(), z.unknown()));

/** A JSON array of rows, or one row a line. */
async function rowsOf(session: Session, name: string): Promise<z.infer<typeof Rows>> {
  const path = session.absolute(name);
  try {
    const text = await readFile(path, 'utf8');
    const lines = text.split('\n').filter((line) => line.trim() !== '');
    return Rows.parse(
      text.trimStart().startsWith('[') ? JSON.parse(text) : lines.map((line) => JSON.parse(line)),
    );
  } catch {
    throw new ConfigurationError(
      'rows-unreadable',
      `The file ${session.shown(path)} holds no rows. Write a JSON array of objects, or one object a line.`,
    );
  }
}

export async function tellPreview(session: Session, previewed: PreviewView): Promise<void> {
  await session.result(previewed, () => (previewed.ok ? requestText(session, previewed) : ''));
  if (session.json) return;
  const { terminal } = session;
  const problems = previewed.ok ? previewed.warnings : previewed.problems;
  for (const { path, code, message } of problems) {
    const word = previewed.ok
      ? terminal.noteStyle('yellow', 'warning')
      : terminal.noteStyle('red', 'error');
    await terminal.note(`${word}: ${path}: ${message} ${terminal.noteStyle('dim', `(${code})`)}`);
  }
  if (!previewed.ok) return;
  for (const { index, reason, code } of previewed.notSent) {
    await terminal.note(
      `Row ${index + 1} is not in it: ${reason} ${terminal.noteStyle('dim', `(${code})`)}`,
    );
  }
}

type PreviewedRequest = Extract<PreviewView, { ok: true }>;

function requestText(
  { terminal }: Session,
  { method, url, headers, body }: PreviewedRequest,
): string {
  const lines = Object.entries(headers).map(
    ([name, value]) => `${terminal.style('dim', name)}: ${value}`,
  );
  return [
    terminal.style('bold', `${method} ${url}`),
    ...lines,
    ...(body ? ['', indented(body)] : []),
  ].join('\n');
}
