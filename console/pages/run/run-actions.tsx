/** What one can do from a run: go to its neighbours, copy, take the records away, run again. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { ChevronLeft, ChevronRight, Download, Terminal } from 'lucide-react';
import { api, given } from '../../api/client.ts';
import { runsQuery } from '../../api/queries.ts';
import type { Run } from '../../api/schema.d.ts';
import { Button } from '../../parts/button.tsx';
import { Copy, curlOf } from '../../parts/copy.tsx';
import { say } from '../../words/text.ts';

export function RunActions({ run }: { run: Run }) {
  const runs = useInfiniteQuery(runsQuery(run.sync));
  const all = runs.data?.pages.flatMap(({ items }) => items) ?? [];
  const place = all.findIndex(({ id }) => id === run.id);
  const path = `/syncs/${run.sync}/runs/${run.id}`;
  return (
    <div className="row actions">
      <Neighbour run={place < 0 ? undefined : all[place + 1]} to="before" />
      <Neighbour run={place < 1 ? undefined : all[place - 1]} to="after" />
      <span data-key="u">
        <Copy icon={Terminal} text={() => curlOf('GET', path)}>
          {say('copy.curlShort')}
        </Copy>
      </span>
      {run.phase === 'closed' && run.task.kind !== 'dry-run' && <Csv run={run} />}
    </div>
  );
}

function Neighbour({ run, to }: { run: Run | undefined; to: 'before' | 'after' }) {
  const Icon = to === 'before' ? ChevronLeft : ChevronRight;
  if (!run) return null;
  return (
    <Link
      to="/syncs/$sync/runs/$run"
      params={{ sync: run.sync, run: run.id }}
      className="button button-quiet"
      aria-label={say(`run.${to}`)}
      title={say(`run.${to}`)}
      data-key={to === 'before' ? '[' : ']'}
    >
      <Icon size={16} strokeWidth={1.75} aria-hidden="true" />
    </Link>
  );
}

const mostRows = '5000';

/** All records of the run as a file, page by page; nothing of it stays in the browser. */
function Csv({ run }: { run: Run }) {
  const save = async () => {
    const parts: string[] = [];
    for (let after: string | undefined; ; ) {
      const query = { limit: mostRows, format: 'csv' as const, ...(after && { after }) };
      const answer = await api.GET('/syncs/{id}/runs/{run}/records', {
        params: { path: { id: run.sync, run: run.id }, query },
        parseAs: 'text',
      });
      const text = String(given<unknown>(answer));
      parts.push(parts.length === 0 ? text : text.slice(text.indexOf('\n') + 1));
      const link = /[?&]after=([^&>]+)/.exec(answer.response.headers.get('link') ?? '')?.[1];
      if (link === undefined) break;
      after = decodeURIComponent(link);
    }
    const url = URL.createObjectURL(new Blob(parts, { type: 'text/csv' }));
    const anchor = document.createElement('a');
    anchor.href = url;
    anchor.download = `${run.sync}-${run.id}.csv`;
    anchor.click();
    URL.revokeObjectURL(url);
  };
  return (
    <Button icon={Download} onPress={() => void save()}>
      {say('run.csv')}
    </Button>
  );
}
