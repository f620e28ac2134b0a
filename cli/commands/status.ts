/** `status`: all syncs at a glance, in the words of the API and the console; below them why each needs a person. */
import { type Fare, listFares } from '../api/fares.ts';
import { type ExitCode, exit } from '../exit.ts';
import type { Session } from '../session.ts';
import { tableOf } from '../table.ts';

export async function run(session: Session): Promise<ExitCode> {
  const { items, unreadable } = await listFares(await session.api());
  await session.result({ items, unreadable }, () => {
    if (items.length + unreadable.length === 0) return 'There is no sync yet.';
    const broken = unreadable.map(({ id, message }) => `${id}: unreadable. ${message}`);
    const whys = items.flatMap((fare) => {
      const why = whyOf(fare);
      return why === undefined ? [] : [`${fare.id}: ${why}`];
    });
    const table = tableOf(session.terminal, columns, items.map(cells));
    return [table, ...(whys.length + broken.length > 0 ? ['', ...broken, ...whys] : [])].join('\n');
  });
  return exit.done;
}

const columns = [
  'state',
  'sync',
  'destination',
  'members',
  'data from (UTC)',
  'failing',
  'next (UTC)',
];

function cells({ id, destination, enabled, status }: Fare): string[] {
  const { state, members, data, failing, nextRuns, openRun } = status;
  const failed = failing && failing.refused + failing.uncertain + failing.unsent + failing.invalid;
  const isRunning = openRun !== undefined && state !== 'waiting';
  return [
    isRunning ? `${state}, running` : state,
    id,
    destination,
    state === 'new' ? '' : String(members),
    minute(data.mirroredAt),
    failed ? String(failed) : '',
    nextRuns[0] === undefined ? (enabled ? 'by hand' : 'off') : minute(nextRuns[0]),
  ];
}

const minute = (moment: string | undefined) => moment?.slice(0, 16).replace('T', ' ') ?? '';

/** Undefined where nobody is needed. */
function whyOf({ id, status }: Fare): string | undefined {
  const { state, error, guards, heldRun, lastRun, waiting, failing, data } = status;
  switch (state) {
    case 'unreadable':
      return error?.message;
    case 'held':
      return `${guards?.[0]?.message ?? 'A guard holds a run.'} Approve it with audience-mirror approve ${id}, or turn it down with audience-mirror cancel ${id}${heldRun === undefined ? '' : ` (run ${heldRun})`}.`;
    case 'failed':
      return lastRun?.error?.message ?? 'The last run failed.';
    case 'waiting':
      return waiting
        ? `Waiting for the platform since ${minute(waiting.since)} UTC, next try at ${minute(waiting.nextAt)} UTC. ${waiting.code}: ${waiting.reason}`
        : undefined;
    case 'stale':
      return `The data is as of ${minute(data.mirroredAt)} UTC: there is no newer snapshot. Look at the export.`;
    case 'partial':
    case 'differs': {
      const [top] = failing?.reasons ?? [];
      return top && `${top.count} × ${top.code}: ${top.reason}`;
    }
    default:
      return undefined;
  }
}
