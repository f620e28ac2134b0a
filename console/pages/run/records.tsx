/** Each record of a run: those that failed first, and each a step from the platform's own words. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { type RecordsWanted, recordsQuery } from '../../api/queries.ts';
import type { Record, Run } from '../../api/schema.d.ts';
import { Mark } from '../../parts/mark.tsx';
import { More } from '../../parts/more.tsx';
import { Empty, Panel, WhenAsked } from '../../parts/panel.tsx';
import { Select } from '../../parts/select.tsx';
import { type Column, Table } from '../../parts/table.tsx';
import { Person } from '../../shell/people-switch.tsx';
import { platformWords } from '../../words/platform-words.ts';
import { say, sayOf } from '../../words/text.ts';
import { RecordSheet } from './record-sheet.tsx';

const outcomes = ['failed', 'delivered', 'rejected', 'uncertain', 'unsent', 'invalid'] as const;
const actions = ['insert', 'reinsert', 'update', 'delete', 'none'] as const;
const among = <T extends string>(all: readonly T[], text: string | undefined): T | undefined =>
  all.find((each) => each === text);

export function Records({ run }: { run: Run }) {
  const search = useSearch({ from: '/syncs/$sync/runs/$run' });
  const outcome = among(outcomes, search.show);
  const action = among(actions, search.action);
  const wanted: RecordsWanted = {
    ...(outcome && { outcome }),
    ...(action && { action }),
    ...(search.code && { code: search.code }),
  };
  const query = useInfiniteQuery(recordsQuery(run.sync, run.id, wanted));
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Panel title={say('records.title')} flush actions={<Filters run={run} />}>
      <WhenAsked query={query} rows={8}>
        {({ pages: [first] }) =>
          rows.length === 0 ? (
            <None none={first?.none} wanted={wanted} />
          ) : (
            <Table
              label={say('records.title')}
              rows={rows}
              columns={columns}
              idOf={({ place }) => String(place)}
              isChosen={({ place }) => String(place) === search.row}
            />
          )
        }
      </WhenAsked>
      {rows.length > 0 && (
        <p className="muted small">
          {say(query.hasNextPage ? 'records.soFar' : 'records.all', { n: rows.length })}
        </p>
      )}
      <More query={query} />
      <RecordSheet run={run} place={search.row} />
    </Panel>
  );
}

function Filters({ run }: { run: Run }) {
  const search = useSearch({ from: '/syncs/$sync/runs/$run' });
  const navigate = useNavigate({ from: '/syncs/$sync/runs/$run' });
  const filter = (next: { show?: string; action?: string; code?: string }) =>
    void navigate({
      search: ({ row: _, ...before }) => ({ ...before, ...next }),
      replace: true,
    });
  const codes = [
    ...new Set([...(run.reasons ?? []), ...(run.warnings ?? [])].map(({ code }) => code)),
  ];
  const known =
    search.code === undefined || codes.includes(search.code) ? codes : [...codes, search.code];
  return (
    <>
      <Select
        label={say('records.byOutcome')}
        value={search.show ?? ''}
        choices={[
          ['', say('records.anyOutcome')],
          ...outcomes.map((each) => [each, say(`outcome.${each}`)] as const),
        ]}
        choose={(show) => filter({ show })}
      />
      <Select
        label={say('records.byAction')}
        value={search.action ?? ''}
        choices={[
          ['', say('records.anyAction')],
          ...actions.map((each) => [each, say(`action.${each}`)] as const),
        ]}
        choose={(action) => filter({ action })}
      />
      <Select
        label={say('records.byReason')}
        value={search.code ?? ''}
        choices={[['', say('records.anyReason')], ...known.map((each) => [each, each] as const)]}
        choose={(code) => filter({ code })}
      />
    </>
  );
}

const dash = <span className="muted">—</span>;

const columns: readonly Column<Record>[] = [
  {
    name: 'outcome',
    width: '120px',
    head: say('column.outcome'),
    narrow: 'lead',
    cell: ({ outcome }) => <Mark state={outcome} />,
  },
  {
    name: 'key',
    width: '28%',
    head: say('column.key'),
    narrow: 'lead',
    cell: (record) => <RowButton record={record} />,
  },
  {
    name: 'action',
    width: '104px',
    head: say('column.action'),
    narrow: 'end',
    cell: ({ action }) => sayOf('action', action),
  },
  {
    name: 'reason',
    head: say('column.reason'),
    narrow: 'break',
    cell: ({ reason }) =>
      reason === null ? dash : <span className="clamp">{shortReason(reason)}</span>,
  },
  {
    name: 'status',
    head: say('column.status'),
    isNumber: true,
    narrow: 'out',
    cell: ({ httpStatus }) => httpStatus ?? dash,
  },
  {
    name: 'attempts',
    head: say('column.attempts'),
    isNumber: true,
    narrow: 'out',
    cell: ({ attempts }) => attempts,
  },
];

function shortReason(reason: string): string {
  const words = platformWords(reason);
  return words === undefined ? reason : say('reasons.platform', { words });
}

function RowButton({ record }: { record: Record }) {
  const navigate = useNavigate({ from: '/syncs/$sync/runs/$run' });
  return (
    <button
      type="button"
      className="row-link as-link"
      data-row
      onClick={() =>
        void navigate({
          search: (before) => ({ ...before, row: String(record.place) }),
          replace: true,
        })
      }
    >
      {record.key === null ? (
        <span className="muted">{say('records.noKey')}</span>
      ) : (
        <Person>{record.key}</Person>
      )}
    </button>
  );
}

function None({
  none,
  wanted,
}: {
  none: { code: string; message: string } | undefined;
  wanted: RecordsWanted;
}) {
  const navigate = useNavigate({ from: '/syncs/$sync/runs/$run' });
  if (none) return <Empty title={sayOf('none', none.code)}>{none.message}</Empty>;
  if (Object.keys(wanted).length === 0) return <Empty title={say('records.none')} />;
  const isFailed = wanted.outcome === 'failed' && Object.keys(wanted).length === 1;
  return (
    <Empty
      title={say(isFailed ? 'records.noneFailed' : 'empty.noMatch')}
      action={
        <button
          type="button"
          className="button"
          onClick={() => void navigate({ search: {}, replace: true })}
        >
          {say('act.clear')}
        </button>
      }
    />
  );
}
