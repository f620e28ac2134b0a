/** Runs, a line each: how it ended, when, what it changed, what failed, how long it took. */
import { Link } from '@tanstack/react-router';
import type { Run } from '../api/schema.d.ts';
import { totals } from '../fare/counts.ts';
import { Mark } from '../parts/mark.tsx';
import { Name } from '../parts/name.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useNow, When } from '../parts/when.tsx';
import { exact } from '../words/numbers.ts';
import { say, sayOf } from '../words/text.ts';
import { duration } from '../words/times.ts';
import { Zero } from './sync-table.tsx';

const statuses = [
  'succeeded',
  'unchanged',
  'partial',
  'failed',
  'held',
  'cancelled',
  'skipped',
] as const satisfies readonly Run['status'][];

export const isStatus = (text: string | undefined): text is (typeof statuses)[number] =>
  statuses.some((each) => each === text);

export const statusChoices = (): readonly (readonly [string, string])[] => [
  ['', say('runs.anyState')],
  ...statuses.map((each) => [each, say(`state.${each}`)] as const),
];

const dash = <span className="muted">—</span>;

export function RunTable({
  runs,
  names,
}: {
  runs: readonly Run[];
  names?: ReadonlyMap<string, string>;
}) {
  const all = names === undefined ? columns : [columns[0], syncColumn(names), ...columns.slice(1)];
  return (
    <Table
      label={say('runs.title')}
      rows={runs}
      columns={all.filter((each) => each !== undefined)}
      idOf={({ sync, id }) => `${sync}/${id}`}
    />
  );
}

export const runState = ({ phase, status, waiting }: Run): string =>
  phase === 'closed' ? (status ?? 'unreadable') : waiting ? 'waiting' : 'running';

/** Of a run that is over and was to send; undefined: its counts are of a plan. */
const sentBy = ({ counts, task, status, phase }: Run) =>
  counts === undefined || task.kind === 'dry-run' || status === 'held' || phase !== 'closed'
    ? undefined
    : totals(counts);

const columns: readonly Column<Run>[] = [
  {
    name: 'state',
    head: say('column.state'),
    narrow: 'lead',
    cell: (run) => {
      const state = runState(run);
      const word = state === 'running' ? { word: say(`phase.${run.phase}`) } : {};
      return <Mark state={state} {...word} />;
    },
  },
  {
    name: 'began',
    head: say('column.began'),
    narrow: 'lead',
    cell: ({ sync, id, startedAt }) => (
      <Link to="/syncs/$sync/runs/$run" params={{ sync, run: id }} className="row-link" data-row>
        <When at={startedAt} />
      </Link>
    ),
  },
  {
    name: 'what',
    head: say('column.what'),
    cell: ({ task, trigger }) => (
      <span>
        {sayOf('task', task.full ? 'full' : task.kind)}
        <span className="muted"> · {sayOf('trigger', trigger)}</span>
      </span>
    ),
  },
  {
    name: 'delivered',
    head: say('column.delivered'),
    isNumber: true,
    cell: (run) => <Zero value={sentBy(run)?.delivered} />,
  },
  {
    name: 'failed',
    head: say('column.notDelivered'),
    isNumber: true,
    cell: (run) => <Zero value={sentBy(run)?.failed} />,
  },
  {
    name: 'invalid',
    head: say('column.invalidRows'),
    isNumber: true,
    narrow: 'out',
    cell: ({ counts }) => <Zero value={counts?.snapshot.invalid} />,
  },
  {
    name: 'members',
    head: say('column.membersAfter'),
    isNumber: true,
    narrow: 'out',
    cell: ({ counts, phase }) =>
      counts === undefined || phase !== 'closed' ? dash : exact(counts.mirror.after),
  },
  { name: 'took', head: say('column.took'), narrow: 'end', cell: (run) => <Took run={run} /> },
];

const syncColumn = (names: ReadonlyMap<string, string>): Column<Run> => ({
  name: 'sync',
  head: say('column.syncName'),
  narrow: 'lead',
  cell: ({ sync }) => (
    <span className="cut-cell">
      <Name cut>{names.get(sync) ?? sync}</Name>
    </span>
  ),
});

function Took({ run: { startedAt, closedAt } }: { run: Run }) {
  const now = useNow();
  const end = closedAt === undefined ? now : Date.parse(closedAt);
  return <span className="number nowrap">{duration(end - Date.parse(startedAt))}</span>;
}
