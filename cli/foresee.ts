/** What the system would say to files, all of them looked at together; nothing is saved. */
import type { Api } from './api/client.ts';
import { ApiRefusal } from './api/client.ts';
import { type GroundWords, validateTogether } from './api/configurations.ts';
import { warn } from './apply-changes.ts';
import type { PlannedChange } from './apply-plan.ts';
import { FilesRefused } from './files.ts';
import { withoutApi } from './own-words.ts';
import type { Session } from './session.ts';
import type { PathProblem, ToldProblem } from './yaml/read.ts';

/** @throws FilesRefused for what `apply` would refuse */
export async function foresee(
  session: Session,
  api: Api,
  changes: readonly PlannedChange[],
  words: GroundWords,
): Promise<void> {
  const ofKind = (kind: PlannedChange['kind']) => changes.filter((each) => each.kind === kind);
  const given = { destination: ofKind('destination'), sync: ofKind('sync') };
  /** `/syncs/0/…` → the change that it is about. */
  const changeAt = (pointer: string) => {
    const [, kind, index] = /^\/(destination|sync)s\/(\d+)/.exec(pointer) ?? [];
    return given[kind === 'destination' ? 'destination' : 'sync'][Number(index ?? 0)];
  };
  const inputs = (kind: keyof typeof given) => given[kind].map(({ entry }) => entry.input);
  try {
    const body = { destinations: inputs('destination'), syncs: inputs('sync') };
    for (const warning of await validateTogether(api, body, words)) {
      const change = changeAt(warning.pointer);
      const isSet = warning.code === 'secret-not-set' && (change?.secrets.length ?? 0) > 0;
      if (change && change.what !== 'unchanged' && !isSet) await warn(session, change, warning);
    }
  } catch (error) {
    if (!(error instanceof ApiRefusal) || error.problems.length === 0) throw error;
    throw new FilesRefused(error.problems.map((each) => located(each, changeAt(each.pointer))));
  }
}

const located = (problem: PathProblem, change: PlannedChange | undefined): ToldProblem => {
  const told = { ...problem, message: withoutApi(problem.message) };
  return change ? change.entry.locate(told) : told;
};
