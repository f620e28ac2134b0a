/** The same as the chart, in numbers. */
import type { Bar } from '../fare/history.ts';
import { exact } from '../words/numbers.ts';
import { say } from '../words/text.ts';
import { Mark } from './mark.tsx';
import { type Column, Table } from './table.tsx';
import { When } from './when.tsx';

const number = (name: 'added' | 'updated' | 'removed' | 'failed'): Column<Bar> => ({
  name,
  head: say(`series.${name}`),
  isNumber: true,
  cell: (bar) => <span className={bar[name] === 0 ? 'muted' : undefined}>{exact(bar[name])}</span>,
});

const columns: readonly Column<Bar>[] = [
  {
    name: 'at',
    head: say('column.began'),
    narrow: 'lead',
    cell: ({ at }) => <When at={at} />,
  },
  {
    name: 'state',
    head: say('column.state'),
    narrow: 'lead',
    cell: ({ state }) => <Mark state={state ?? 'unreadable'} />,
  },
  number('added'),
  number('updated'),
  number('removed'),
  number('failed'),
  {
    name: 'members',
    head: say('column.membersAfter'),
    isNumber: true,
    cell: ({ members }) => (members === undefined ? '—' : exact(members)),
  },
];

export function HistoryTable({ bars }: { bars: readonly Bar[] }) {
  return (
    <Table
      label={say('history.title')}
      rows={bars.toReversed()}
      columns={columns}
      idOf={({ run }) => run}
    />
  );
}
