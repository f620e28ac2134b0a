/** All syncs, a line each. */
import { Link } from '@tanstack/react-router';
import type { Fare } from '../fare/fare.ts';
import { Mark } from '../parts/mark.tsx';
import { Name } from '../parts/name.tsx';
import { Spark } from '../parts/spark.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { exact } from '../words/numbers.ts';
import { say } from '../words/text.ts';

const dash = <span className="muted">—</span>;

const columns: readonly Column<Fare>[] = [
  {
    name: 'state',
    head: say('column.state'),
    narrow: 'lead',
    cell: ({ state, failing, sync }) => (
      <span className="row nowrap">
        <Mark
          state={state}
          {...(state === 'differs' && { word: butFor(failing, sync.status.uncertain) })}
        />
        {sync.status.openRun !== undefined && state !== 'waiting' && <Mark state="running" />}
      </span>
    ),
  },
  {
    name: 'sync',
    head: say('column.sync'),
    narrow: 'lead',
    cell: ({ sync }) => (
      <span className="cut-cell">
        <Link to="/syncs/$sync" params={{ sync: sync.id }} className="row-link" data-row>
          <Name cut>{sync.name}</Name>
        </Link>
        <span className="muted cut"> → {sync.destination}</span>
      </span>
    ),
  },
  {
    name: 'members',
    head: say('column.members'),
    isNumber: true,
    cell: ({ sync: { status } }) => (status.state === 'new' ? dash : exact(status.members)),
  },
  {
    name: 'data',
    head: say('column.data'),
    cell: ({ dataFrom }) => (dataFrom === undefined ? dash : <When at={dataFrom} />),
  },
  {
    name: 'failing',
    head: say('column.failing'),
    isNumber: true,
    narrow: 'out',
    cell: ({ failing }) => <Zero value={failing} />,
  },
  {
    name: 'changes',
    head: say('column.changes'),
    narrow: 'out',
    cell: ({ recent }) => <Spark bars={recent} />,
  },
  {
    name: 'last',
    head: say('column.last'),
    narrow: 'out',
    cell: ({ sync: { id, status } }) =>
      status.lastRun?.closedAt === undefined ? (
        dash
      ) : (
        <Link
          to="/syncs/$sync/runs/$run"
          params={{ sync: id, run: status.lastRun.id }}
          className="above quiet-link"
        >
          <When at={status.lastRun.closedAt} />
        </Link>
      ),
  },
  {
    name: 'next',
    head: say('column.next'),
    narrow: 'end',
    cell: ({ next, sync }) =>
      next === undefined ? (
        <span className="muted">{say(sync.enabled ? 'next.byHand' : 'next.off')}</span>
      ) : (
        <When at={next} />
      ),
  },
];

const butFor = (failing = 0, uncertain = 0) =>
  say('state.butFor', { n: Math.max(failing, uncertain) });

/** Nothing is muted; what is not known is a dash. */
export function Zero({ value }: { value: number | undefined }) {
  if (value === undefined) return dash;
  return <span className={value === 0 ? 'muted' : undefined}>{exact(value)}</span>;
}

export function SyncTable({ fares }: { fares: readonly Fare[] }) {
  return (
    <Table label={say('home.table')} rows={fares} columns={columns} idOf={({ sync }) => sync.id} />
  );
}
