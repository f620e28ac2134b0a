/** `export`: what is saved as YAML; applied again, it changes nothing. */
import { writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import { destinations, listSaved, syncs } from '../api/configurations.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { kinds } from '../yaml/documents.ts';
import { schemaFile } from '../yaml/schema.ts';
import { destinationYaml, syncYaml } from '../yaml/write.ts';

const Given = z.object({
  args: z.tuple([z.enum(kinds).optional(), z.string().optional()]),
  output: z.string().optional(),
});

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [kind, id],
    output,
  } = readGiven(Given, given);
  const target = output === undefined ? undefined : session.absolute(output);
  const schema = relative(target ? dirname(target) : session.world.cwd, schemaFile);
  const documents = await documentsOf(session, schema, kind, id);
  const text = documents.join('---\n');
  if (target === undefined && session.json) {
    const data: unknown[] = documents.map((document) => parse(document));
    await session.result(data, () => text);
  } else if (target === undefined) await session.terminal.print(text.trimEnd());
  else {
    await writeFile(target, text);
    await session.terminal.note(`Wrote ${session.shown(target)}.`);
  }
  return exit.done;
}

async function documentsOf(
  session: Session,
  schema: string,
  kind: string | undefined,
  id: string | undefined,
): Promise<string[]> {
  const api = await session.api();
  const isWanted = (of: string, name: string) =>
    (kind ?? of) === of && (id === undefined || id === name);
  const documents: string[] = [];
  for await (const { input, secrets } of listSaved(api, destinations)) {
    if (isWanted('destination', input.id)) documents.push(destinationYaml(input, secrets, schema));
  }
  for await (const { input } of listSaved(api, syncs)) {
    if (isWanted('sync', input.id)) documents.push(syncYaml(input, schema));
  }
  if (documents.length === 0 && id !== undefined) {
    throw new ConfigurationError('not-found', `There is no ${kind} "${id}". Check its id.`);
  }
  return documents;
}
