/** One person: what became of them in the runs whose log is kept; and erasing them. */
import { useInfiniteQuery, useQueries, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { api, given } from '../../api/client.ts';
import { erasuresQuery, runsQuery, syncQuery } from '../../api/queries.ts';
import type { Erasure, Record, Run, Sync } from '../../api/schema.d.ts';
import { Mark } from '../../parts/mark.tsx';
import { Empty, Failure, Panel, WhenAsked } from '../../parts/panel.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { When } from '../../parts/when.tsx';
import { Person } from '../../shell/people-switch.tsx';
import { say, sayOf } from '../../words/text.ts';
import { EraseForm } from './erase-form.tsx';
import { PersonForm, takeAskedKey } from './person-form.tsx';

export function People() {
  const { sync: id } = useParams({ from: '/syncs/$sync/people' });
  const sync = useQuery(syncQuery(id));
  const [key, setKey] = useState(() => takeAskedKey(id));
  return (
    <div className="stack">
      <div className="two">
        <Panel title={say('person.title')}>
          <PersonForm sync={id} find={setKey} initial={key ?? ''} />
        </Panel>
        <Panel title={say('erase.title')}>
          {sync.data && <EraseForm sync={sync.data} initial={key ?? ''} />}
        </Panel>
      </div>
      {key !== undefined && sync.data && <Findings sync={sync.data} asked={key} />}
      <Receipts sync={id} />
    </div>
  );
}

const runsSearched = 20;

interface Finding {
  readonly run: Run;
  readonly record: Record;
}

/** The log names a member of several key columns by a JSON array. */
function Findings({ sync, asked }: { sync: Sync; asked: string }) {
  const runs = useInfiniteQuery(runsQuery(sync.id));
  const searched = (runs.data?.pages[0]?.items ?? [])
    .filter(({ phase, task, counts }) => phase === 'closed' && task.kind !== 'dry-run' && counts)
    .slice(0, runsSearched);
  const answers = useQueries({
    queries: searched.map((run) => ({
      queryKey: ['sync', sync.id, 'person', run.id, asked],
      queryFn: async () =>
        given(
          await api.GET('/syncs/{id}/runs/{run}/records', {
            params: { path: { id: sync.id, run: run.id }, query: { key: asked } },
          }),
        ),
      gcTime: 60_000,
    })),
  });
  const isPending = runs.isPending || answers.some((each) => each.isPending);
  const error = answers.find((each) => each.error)?.error;
  const found = answers.flatMap(({ data }, place) => {
    const run = searched[place];
    return run === undefined ? [] : (data?.items ?? []).map((record): Finding => ({ run, record }));
  });
  const without = answers.filter(({ data }) => data?.none && data.none.code !== 'log-empty').length;
  return (
    <Panel title={<FoundTitle asked={asked} />} flush>
      {error && <Failure error={error} />}
      {!isPending && found.length === 0 && (
        <Empty title={say('person.none', { n: searched.length })}>{say('person.noneWhat')}</Empty>
      )}
      {found.length > 0 && (
        <Table
          label={say('person.found')}
          rows={found}
          columns={columns}
          idOf={({ run, record }) => `${run.id} ${record.action}`}
        />
      )}
      {!isPending && (
        <p className="muted">
          {say('person.searched', { n: searched.length })}{' '}
          {without > 0 && say('person.unkept', { n: without })}
        </p>
      )}
    </Panel>
  );
}

const FoundTitle = ({ asked }: { asked: string }) => (
  <>
    {say('person.found')} <Person>{asked}</Person>
  </>
);

const columns: readonly Column<Finding>[] = [
  {
    name: 'run',
    head: say('column.began'),
    narrow: 'lead',
    cell: ({ run }) => (
      <Link
        to="/syncs/$sync/runs/$run"
        params={{ sync: run.sync, run: run.id }}
        className="row-link"
        data-row
      >
        <When at={run.startedAt} />
      </Link>
    ),
  },
  {
    name: 'outcome',
    head: say('column.outcome'),
    cell: ({ record }) => <Mark state={record.outcome} />,
  },
  {
    name: 'action',
    head: say('column.action'),
    cell: ({ record }) => sayOf('action', record.action),
  },
  {
    name: 'reason',
    head: say('column.reason'),
    narrow: 'break',
    cell: ({ record }) => record.reason ?? <span className="muted">—</span>,
  },
];

function Receipts({ sync }: { sync: string }) {
  const erasures = useQuery(erasuresQuery(sync));
  return (
    <Panel title={say('erase.receipts')} flush>
      <WhenAsked query={erasures} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={say('erase.none')} />
          ) : (
            <Table
              label={say('erase.receipts')}
              rows={items}
              columns={receiptColumns}
              idOf={({ id }) => id}
            />
          )
        }
      </WhenAsked>
    </Panel>
  );
}

const receiptColumns: readonly Column<Erasure>[] = [
  {
    name: 'state',
    head: say('column.state'),
    narrow: 'lead',
    cell: ({ state }) => <Mark state={state} />,
  },
  {
    name: 'at',
    head: say('column.asked'),
    narrow: 'lead',
    cell: ({ requestedAt }) => <When at={requestedAt} />,
  },
  { name: 'members', head: say('column.people'), isNumber: true, cell: ({ members }) => members },
  {
    name: 'what',
    head: say('column.became'),
    narrow: 'break',
    cell: (receipt) => <Became receipt={receipt} />,
  },
];

function Became({
  receipt: { state, error, endedAt, deletes, found, members },
}: {
  receipt: Erasure;
}) {
  if (error) return error.message;
  if (state !== 'done' || endedAt === undefined) return say('erase.goesOn');
  const places = Object.values(found ?? {}).reduce((sum, each) => sum + each, 0);
  return say('erase.done', { n: members, deleted: deletes?.delivered ?? 0, places });
}
