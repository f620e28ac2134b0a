/** `preview`: the request that an action would make of some rows. Nothing is sent. */
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { expectSaved, syncs } from '../api/configurations.ts';
import { type PreviewView, preview } from '../api/preview.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import { type PickedSync, pickSync } from '../pick-sync.ts';
import { tellProblem } from '../problems.ts';
import { requestText } from '../request-text.ts';
import type { Session } from '../session.ts';
import { locateRefusal } from '../yaml/refusal.ts';

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
  const picked = file && (await pickSync(session, file, id));
  const subject = picked ? inline(picked) : await saved(session, id);
  const question = { ...subject, action, ...(rows && { rows: await rowsOf(session, rows) }) };
  const api = await session.api();
  const show = () => preview(api, question);
  const previewed = picked
    ? await locateRefusal([picked.sync, picked.destination], show)
    : await show();
  await tellPreview(session, previewed);
  return exit.done;
}

const inline = ({ sync, destination }: PickedSync) => ({
  sync: sync.input,
  destination: destination?.input ?? sync.input.destination,
});

async function saved(session: Session, id: string | undefined) {
  if (id === undefined) {
    throw new ConfigurationError(
      'sync-missing',
      'Say which sync is previewed: its id, or a file that holds it (-f).',
    );
  }
  const sync = await expectSaved(await session.api(), syncs, id);
  return { sync: id, destination: sync.input.destination };
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
  await session.result(previewed, () => requestText(session.terminal.style, previewed));
  if (session.json) return;
  const { terminal } = session;
  for (const warning of previewed.warnings) {
    await terminal.note(tellProblem(terminal, warning, 'yellow'));
  }
  for (const { index, reason, code } of previewed.notSent) {
    const dim = terminal.noteStyle('dim', `(${code})`);
    await terminal.note(`Row ${index + 1} of ${previewed.rows} is not in it: ${reason} ${dim}`);
  }
}
