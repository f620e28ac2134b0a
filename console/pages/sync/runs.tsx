/** All runs of a sync that are kept. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { runsQuery } from '../../api/queries.ts';
import { RunList } from '../run-list.tsx';
import { isStatus } from '../run-table.tsx';

export function SyncRuns() {
  const { sync } = useParams({ from: '/syncs/$sync/runs' });
  const { status } = useSearch({ from: '/syncs/$sync/runs' });
  const navigate = useNavigate({ from: '/syncs/$sync/runs' });
  const runs = useInfiniteQuery(runsQuery(sync, isStatus(status) ? status : undefined));
  return (
    <RunList
      query={runs}
      status={status}
      choose={(next) =>
        void navigate({ search: next === '' ? {} : { status: next }, replace: true })
      }
    />
  );
}
