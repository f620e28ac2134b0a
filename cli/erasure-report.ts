/** What is told of erasures. They name nobody. */

import { outcomes } from '../shared/contracts/counts.ts';
import type { ErasureState } from '../shared/contracts/erasure.ts';
import { counted, number } from '../shared/domain/run/report.ts';
import type { ErasureView } from './api/erasures.ts';
import { type ExitCode, exit } from './exit.ts';
import type { Session } from './session.ts';

const exits = {
  waiting: exit.done,
  done: exit.done,
  refused: exit.mend,
  cancelled: exit.cancelled,
} as const satisfies Record<ErasureState, ExitCode>;

/** The code is that of its state: one that waits goes on by itself. */
export async function tellErasure(session: Session, erasure: ErasureView): Promise<ExitCode> {
  await session.result(erasure, () => textOf(erasure));
  if (erasure.state === 'waiting' && !session.json) {
    await session.terminal.note(
      `It goes on by itself. See it with audience-mirror erasures ${erasure.sync} ${erasure.id}`,
    );
  }
  if (isUnknown(erasure) && !session.json) {
    await session.terminal.note(
      'Nobody of this sync has these keys. If that is not what you expected, look at how the export writes them: capitals and blanks count.',
    );
  }
  return exits[erasure.state];
}

/** Reports of dry runs are deleted unread: that some were says nothing. */
function isUnknown({ state, deletes, found }: ErasureView): boolean {
  if (state !== 'done' || !deletes || !found) return false;
  const { reports: _, ...places } = found;
  return [deletes, places].every((counts) => Object.values(counts).every((each) => each === 0));
}

function textOf(erasure: ErasureView): string {
  const {
    sync,
    id,
    state,
    members,
    error,
    inSnapshot,
    shared,
    reasons = [],
    unreadable = [],
  } = erasure;
  const alsoThere = [
    ...(inSnapshot ? [`${number(inSnapshot)} in the newest snapshot`] : []),
    ...(shared ? [`${number(shared)} kept for another member of the same identity`] : []),
  ];
  return [
    `${sync} ${id}`,
    `  ${state}: ${[counted(members, 'member'), ...alsoThere].join(', ')}`,
    ...(error ? [`  ${error.code}: ${inFlags(error.message)}`] : []),
    ...deletesText(erasure),
    ...foundText(erasure),
    ...(unreadable.length > 0
      ? [`  deleted, as nobody can read them any more: ${unreadable.join(', ')}`]
      : []),
    ...reasons.map(({ count, code, reason }) => `  ${number(count)} × ${code}: ${reason}`),
  ].join('\n');
}

/** It is told in the words of the API. */
const inFlags = (text: string): string =>
  text.replace(/\bevenIfInSnapshot\b/, '--even-if-in-snapshot');

function deletesText({ deletes }: ErasureView): string[] {
  if (!deletes) return [];
  const parts = outcomes.flatMap((each) =>
    deletes[each] > 0 ? [`${number(deletes[each])} ${each}`] : [],
  );
  return [`  deletes   ${parts.join(', ') || 'none: the mirror did not hold them'}`];
}

function foundText({ found }: ErasureView): string[] {
  if (!found) return [];
  const parts = Object.entries(found).flatMap(([kind, count]) =>
    count > 0 ? [counted(count, kind.replace(/s$/, ''))] : [],
  );
  return [`  taken out of ${parts.join(', ') || 'nothing: they stood nowhere'}`];
}

/** Columns of a list of erasures. */
export const erasureColumns = ['erasure', 'asked (UTC)', 'state', 'members', 'tries'] as const;

export const erasureCells = (erasure: ErasureView): string[] => [
  erasure.id,
  erasure.requestedAt.slice(0, 19).replace('T', ' '),
  erasure.state,
  number(erasure.members),
  number(erasure.tries),
];
