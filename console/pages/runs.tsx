/** Runs of all syncs, newest first. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { allRunsQuery, syncsQuery } from '../api/queries.ts';
import { Select } from '../parts/select.tsx';
import { useTitle } from '../shell/shell.tsx';
import { say } from '../words/text.ts';
import { RunList } from './run-list.tsx';
import { isStatus } from './run-table.tsx';

export function Runs() {
  useTitle(say('nav.runs'));
  const { status, sync } = useSearch({ from: '/runs' });
  const navigate = useNavigate({ from: '/runs' });
  const wanted = isStatus(status) ? status : undefined;
  const runs = useInfiniteQuery(allRunsQuery({ status: wanted, sync }));
  const syncs = useQuery(syncsQuery);
  const names = new Map(syncs.data?.items.map(({ id, name }) => [id, name]));
  const filter = (next: { status?: string; sync?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  const open = runs.data?.pages[0]?.items.filter(({ phase }) => phase !== 'closed').length ?? 0;
  return (
    <div className="stack stack-wide">
      <h1>{runs.data ? say('runs.verdict', { n: open }) : say('nav.runs')}</h1>
      <RunList
        query={runs}
        status={status}
        choose={(next) => filter({ status: next })}
        names={names}
        isFiltered={status !== undefined || sync !== undefined}
        filters={
          <Select
            label={say('runs.bySync')}
            value={sync ?? ''}
            choices={[['', say('runs.anySync')], ...names]}
            choose={(next) => filter({ sync: next })}
          />
        }
      />
    </div>
  );
}
