/** All runs of a sync that are kept. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { runsQuery } from '../../api/queries.ts';
import { More } from '../../parts/more.tsx';
import { Empty, Panel, WhenAsked } from '../../parts/panel.tsx';
import { Select } from '../../parts/select.tsx';
import { say } from '../../words/text.ts';
import { isStatus, RunTable, statusChoices } from '../run-table.tsx';

export function SyncRuns() {
  const { sync } = useParams({ from: '/syncs/$sync/runs' });
  const { status } = useSearch({ from: '/syncs/$sync/runs' });
  const navigate = useNavigate({ from: '/syncs/$sync/runs' });
  const runs = useInfiniteQuery(runsQuery(sync, isStatus(status) ? status : undefined));
  const choose = (next: string) =>
    void navigate({ search: next === '' ? {} : { status: next }, replace: true });
  return (
    <Panel
      title={say('runs.title')}
      flush
      actions={
        <Select
          label={say('runs.byState')}
          value={status ?? ''}
          choices={statusChoices()}
          choose={choose}
        />
      }
    >
      <WhenAsked query={runs} rows={8}>
        {({ pages }) => {
          const rows = pages.flatMap(({ items }) => items);
          return rows.length === 0 ? (
            <Empty
              title={say(status === undefined ? 'runs.none' : 'empty.noMatch')}
              action={
                status !== undefined && (
                  <button type="button" className="button" onClick={() => choose('')}>
                    {say('act.clear')}
                  </button>
                )
              }
            />
          ) : (
            <RunTable runs={rows} />
          );
        }}
      </WhenAsked>
      <More query={runs} />
    </Panel>
  );
}
