/** `list`: the destinations and syncs that are saved, and who uses which. */
import { z } from 'zod';
import { destinations, listSaved, syncs } from '../api/configurations.ts';
import { type ExitCode, exit } from '../exit.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';
import { tableOf } from '../table.ts';
import { kinds } from '../yaml/documents.ts';

const Given = z.object({ args: z.tuple([z.enum(kinds).optional()]) });

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const [kind] = readGiven(Given, given).args;
  const api = await session.api();
  const found = {
    destinations: await inputsOf(listSaved(api, destinations)),
    syncs: await inputsOf(listSaved(api, syncs)),
  };
  const usersOf = (id: string) => found.syncs.filter(({ destination }) => destination === id);
  const rows = [
    ...found.destinations.map(({ id, name, baseUrl }) => {
      const users = usersOf(id).length;
      const used = users === 1 ? '1 sync' : users === 0 ? 'no sync' : `${users} syncs`;
      return ['destination', id, name, `${baseUrl} (${used})`];
    }),
    ...found.syncs.map(({ id, name, destination, enabled }) => [
      'sync',
      id,
      name,
      `→ ${destination}${enabled ? '' : ' (off)'}`,
    ]),
  ].filter(([of]) => kind === undefined || of === kind);
  const { destinations: to, syncs: of } = found;
  const data =
    kind === undefined ? found : kind === 'destination' ? { destinations: to } : { syncs: of };
  await session.result(data, () =>
    rows.length === 0
      ? 'There is none yet. Write one with audience-mirror init.'
      : tableOf(session.terminal, ['kind', 'id', 'name', 'where'], rows),
  );
  return exit.done;
}

async function inputsOf<T>(all: AsyncIterable<{ readonly input: T }>): Promise<T[]> {
  const found: T[] = [];
  for await (const { input } of all) found.push(input);
  return found;
}
