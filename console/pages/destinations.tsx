/** The platforms, and how each is called. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { destinationsQuery, syncsQuery } from '../api/queries.ts';
import type { Destination } from '../api/schema.d.ts';
import { Mark } from '../parts/mark.tsx';
import { Name } from '../parts/name.tsx';
import { Empty, Panel, WhenAsked } from '../parts/panel.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { useTitle } from '../shell/shell.tsx';
import { say, sayOf } from '../words/text.ts';

interface Row {
  readonly destination: Destination;
  readonly syncs: number | undefined;
}

export function Destinations() {
  useTitle(say('nav.destinations'));
  const destinations = useQuery(destinationsQuery);
  const syncs = useQuery(syncsQuery);
  const usersOf = (id: string) =>
    syncs.data?.items.filter(({ destination }) => destination === id).length;
  return (
    <WhenAsked query={destinations} rows={6}>
      {({ items, unreadable = [] }) => (
        <div className="stack stack-wide">
          <h1>{say('destinations.verdict', { n: items.length })}</h1>
          <Panel
            title={say('nav.destinations')}
            flush
            actions={
              <Link to="/destinations/new" className="button button-primary">
                <Plus size={16} strokeWidth={1.75} aria-hidden="true" />
                {say('destination.new')}
              </Link>
            }
          >
            {unreadable.map(({ id, message }) => (
              <p key={id}>
                <Mark state="unreadable" chip /> <code>{id}</code> {message}
              </p>
            ))}
            {items.length === 0 ? (
              <Empty title={say('destinations.none')}>{say('destinations.noneWhat')}</Empty>
            ) : (
              <Table
                label={say('nav.destinations')}
                rows={items.map(
                  (destination): Row => ({ destination, syncs: usersOf(destination.id) }),
                )}
                columns={columns}
                idOf={({ destination }) => destination.id}
              />
            )}
          </Panel>
        </div>
      )}
    </WhenAsked>
  );
}

const columns: readonly Column<Row>[] = [
  {
    name: 'name',
    head: say('column.destination'),
    narrow: 'lead',
    cell: ({ destination: { id, name } }) => (
      <span className="cut-cell">
        <Link
          to="/destinations/$destination"
          params={{ destination: id }}
          className="row-link"
          data-row
        >
          <Name cut>{name}</Name>
        </Link>
        <code className="muted cut">{id}</code>
      </span>
    ),
  },
  {
    name: 'url',
    head: say('column.baseUrl'),
    narrow: 'break',
    cell: ({ destination }) => <code className="cut">{destination.baseUrl}</code>,
  },
  {
    name: 'sign-in',
    head: say('column.signIn'),
    narrow: 'out',
    cell: ({ destination }) => sayOf('auth', destination.authentication.type),
  },
  {
    name: 'actions',
    head: say('column.actions'),
    narrow: 'out',
    cell: ({ destination: { actions } }) =>
      (['insert', 'update', 'delete'] as const)
        .filter((each) => actions[each] !== undefined)
        .map((each) => say(`action.${each}`))
        .join(', '),
  },
  {
    name: 'syncs',
    head: say('column.usedBy'),
    isNumber: true,
    narrow: 'end',
    cell: ({ syncs }) => (syncs === undefined ? '—' : say('destinations.syncs', { n: syncs })),
  },
];
