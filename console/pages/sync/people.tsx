/** One person: what became of them in the runs whose log is kept; and erasing them. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { useState } from 'react';
import { erasuresQuery, personQuery, syncQuery } from '../../api/queries.ts';
import type { Erasure, FoundRecords } from '../../api/schema.d.ts';
import { Mark } from '../../parts/mark.tsx';
import { More } from '../../parts/more.tsx';
import { Empty, Panel, WhenAsked } from '../../parts/panel.tsx';
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
      {key !== undefined && <Findings sync={id} asked={key} />}
      <Receipts sync={id} />
    </div>
  );
}

type Finding = FoundRecords['items'][number];

/** The log names a member of several key columns by a JSON array. */
function Findings({ sync, asked }: { sync: string; asked: string }) {
  const query = useInfiniteQuery(personQuery(sync, asked));
  return (
    <Panel title={<FoundTitle asked={asked} />} flush>
      <WhenAsked query={query} rows={3}>
        {({ pages }) => {
          const found = pages.flatMap(({ items }) => items);
          const looked = pages.reduce((sum, page) => sum + page.looked, 0);
          return (
            <>
              {found.length === 0 ? (
                <Empty title={say('person.none', { n: looked })}>{say('person.noneWhat')}</Empty>
              ) : (
                <Table
                  label={say('person.found')}
                  rows={found}
                  columns={columnsOf(sync)}
                  idOf={({ run, record }) => `${run} ${record.place}`}
                />
              )}
              <p className="muted small">{say('person.searched', { n: looked })}</p>
            </>
          );
        }}
      </WhenAsked>
      <More query={query} />
    </Panel>
  );
}

const FoundTitle = ({ asked }: { asked: string }) => (
  <>
    {say('person.found')} <Person>{asked}</Person>
  </>
);

const columnsOf = (sync: string): readonly Column<Finding>[] => [
  {
    name: 'run',
    head: say('column.began'),
    narrow: 'lead',
    cell: ({ run, startedAt, record }) => (
      <Link
        to="/syncs/$sync/runs/$run"
        params={{ sync, run }}
        search={{ row: String(record.place) }}
        className="row-link"
        data-row
      >
        <When at={startedAt} />
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
