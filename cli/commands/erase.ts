/** `erase`: removes members from the platform, and from everything that is kept of them. */
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { counted, number } from '../../shared/domain/run/report.ts';
import { ConfigurationError } from '../../shared/domain/words/errors.ts';
import type { Api } from '../api/client.ts';
import { expectSaved, syncs } from '../api/configurations.ts';
import { askErasure, type ErasureView, readErasure } from '../api/erasures.ts';
import { confirm } from '../confirm.ts';
import { tellErasure } from '../erasure-report.ts';
import { type ExitCode, Interrupted } from '../exit.ts';
import { readFiles } from '../files.ts';
import { readGiven } from '../given.ts';
import type { Session } from '../session.ts';

const Given = z.object({
  args: z.tuple([z.string(), z.array(z.string()).default([])]),
  from: z.string().optional(),
  evenIfInSnapshot: z.boolean().default(false),
  wait: z.boolean().default(false),
  yes: z.boolean().default(false),
});

/** Between two looks at one that is waited for. */
const pauseMs = 1_000;

export async function run(session: Session, given: unknown): Promise<ExitCode> {
  const {
    args: [sync, named],
    from,
    evenIfInSnapshot,
    wait,
    yes,
  } = readGiven(Given, given);
  const keys = [...named, ...(from === undefined ? [] : await linesOf(session, from))].map(keyOf);
  if (keys.length === 0) {
    throw new ConfigurationError(
      'key-missing',
      'Say who is erased: by keys after the sync, or by a file of one key a line (--from).',
    );
  }
  const api = await session.api();
  await expectSaved(api, syncs, sync);
  const who = counted(keys.length, 'member');
  await confirm(
    session,
    yes,
    `Of the sync "${sync}" ${who} will be removed from the platform and from all that is kept.`,
  );
  const asked = await askErasure(api, sync, { keys, evenIfInSnapshot });
  return tellErasure(session, wait ? await waitFor(session, api, asked) : asked);
}

async function linesOf(session: Session, name: string): Promise<string[]> {
  const files = await readFiles(session, [name]);
  return files
    .flatMap(({ text }) => text.replace(/^\uFEFF/, '').split(/\r?\n/))
    .filter((line) => line.trim() !== '');
}

const Several = z.array(z.string().min(1)).min(1);

/** The value of the key column, or a JSON list where there are several. The text stands in no error. */
function keyOf(text: string, index: number): string[] {
  if (!text.startsWith('[')) return [text];
  try {
    return Several.parse(JSON.parse(text));
  } catch {
    throw new ConfigurationError(
      'key-invalid',
      `Key ${number(index + 1)} begins with a bracket and is no JSON list of texts, none of them empty. Nobody was erased. Write the values of the key columns in their order, as in ["DE", "17"].`,
    );
  }
}

/** Until it is over. Ctrl-C leaves it alone. */
async function waitFor(session: Session, api: Api, asked: ErasureView): Promise<ErasureView> {
  const signal = session.world.interruption();
  for (;;) {
    const now = await readErasure(api, asked.sync, asked.id);
    if (now.state !== 'waiting') return now;
    await sleep(pauseMs, undefined, { signal }).catch(async () => {
      await tellErasure(session, now);
      throw new Interrupted();
    });
  }
}
