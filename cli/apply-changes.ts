/** Saves what files change, in an order in which the API takes each step. */
import { type Api, ApiRefusal } from './api/client.ts';
import { disableSync, type GroundWords } from './api/configurations.ts';
import type { PlannedChange } from './apply-plan.ts';
import { moveGround } from './ground.ts';
import { inOwnWords } from './own-words.ts';
import { tellProblem } from './problems.ts';
import type { Session } from './session.ts';
import { locateRefusal } from './yaml/refusal.ts';

/** Destinations come first among the changes. */
export async function applyChanges(
  session: Session,
  api: Api,
  changes: readonly PlannedChange[],
  words: GroundWords,
): Promise<void> {
  const saved: PlannedChange[] = [];
  try {
    await saveEach(session, api, changes, words, saved);
  } catch (error) {
    await session.terminal.note(
      saved.length === 0
        ? 'Nothing was saved.'
        : `Saved before that: ${saved.map(({ kind, id }) => `${kind} ${id}`).join(', ')}. The rest was not; apply again once it is mended.`,
    );
    throw error;
  }
}

async function saveEach(
  session: Session,
  api: Api,
  changes: readonly PlannedChange[],
  words: GroundWords,
  saved: PlannedChange[],
): Promise<void> {
  const etags = new Map(changes.map((change) => [change, change.etag]));
  for (const change of changes.filter(({ what }) => what !== 'unchanged')) {
    const attempt = async (given: GroundWords) => {
      const warnings = await change.apply(given, etags.get(change));
      for (const warning of warnings) await warn(session, change, warning);
    };
    await locateRefusal([change.entry], async () => {
      try {
        await moveGround(session, words, attempt);
      } catch (error) {
        const stuck = error instanceof ApiRefusal ? keptBy(error, changes) : [];
        if (stuck.length === 0) throw error;
        // The files change them, too: until that is saved, their schedules start no runs.
        for (const sync of stuck) etags.set(sync, await disableSync(api, sync.id));
        await moveGround(session, words, attempt);
      }
    });
    saved.push(change);
  }
}

export const warn = (
  { terminal }: Session,
  { entry }: PlannedChange,
  warning: Parameters<PlannedChange['entry']['locate']>[0],
) => {
  const told = { ...warning, message: inOwnWords(warning.code, warning.message) };
  return terminal.note(tellProblem(terminal, entry.locate(told), 'yellow'));
};

/**
 * A destination that changes together with its syncs does not fit these as they are saved, and the other way round.
 * Gives the syncs that keep it from being saved; none where one of them stays as it is.
 */
function keptBy({ problems }: ApiRefusal, changes: readonly PlannedChange[]): PlannedChange[] {
  const ids = problems.map(({ path }) => /^syncs\.([a-z0-9-]+)\./.exec(path)?.[1]);
  const syncs = ids.map((id) =>
    changes.find((each) => each.kind === 'sync' && each.id === id && each.what === 'changed'),
  );
  return syncs.every((sync) => sync !== undefined) ? [...new Set(syncs)] : [];
}
