/** What a run changed, one after the other; why members fail; and the newest runs. */
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { runQuery, runsQuery, syncQuery } from '../../api/queries.ts';
import type { Run } from '../../api/schema.d.ts';
import { barsOf } from '../../fare/history.ts';
import { Empty, Panel, WhenAsked } from '../../parts/panel.tsx';
import { exact } from '../../words/numbers.ts';
import { platformWords } from '../../words/platform-words.ts';
import { say } from '../../words/text.ts';
import { HeldDecision } from '../run/held.tsx';
import { RunTable } from '../run-table.tsx';
import { PersonForm } from './person-form.tsx';

const History = lazy(() =>
  import('../../parts/history.tsx').then(({ History: found }) => ({ default: found })),
);
const HistoryTable = lazy(() =>
  import('../../parts/history-table.tsx').then(({ HistoryTable: found }) => ({ default: found })),
);

const shownRuns = 6;

export function Overview() {
  const { sync } = useParams({ from: '/syncs/$sync/' });
  const { show } = useSearch({ from: '/syncs/$sync/' });
  const navigate = useNavigate({ from: '/syncs/$sync/' });
  const runs = useInfiniteQuery(runsQuery(sync));
  const found = useQuery(syncQuery(sync));
  const { heldRun } = found.data?.status ?? {};
  const isTable = show === 'table';
  return (
    <WhenAsked query={runs} rows={6}>
      {({ pages }) => {
        const all = pages[0]?.items ?? [];
        return (
          <div className="stack">
            {heldRun !== undefined && <Held sync={sync} run={heldRun} />}
            <Panel
              title={say('history.title')}
              actions={
                <button
                  type="button"
                  className="button"
                  aria-pressed={isTable}
                  onClick={() =>
                    void navigate({ search: isTable ? {} : { show: 'table' }, replace: true })
                  }
                >
                  {say('history.asTable')}
                </button>
              }
            >
              <Suspense fallback={<div className="chart-place" />}>
                {isTable ? (
                  <HistoryTable bars={barsOf(all)} />
                ) : (
                  <History bars={barsOf(all)} sync={sync} />
                )}
              </Suspense>
            </Panel>
            <div className="two">
              <Reasons sync={sync} />
              <Panel title={say('person.title')}>
                <PersonForm sync={sync} />
              </Panel>
            </div>
            <Panel
              title={say('runs.newest')}
              flush
              actions={
                <Link to="/syncs/$sync/runs" params={{ sync }}>
                  {say('runs.allOfSync')}
                </Link>
              }
            >
              {all.length === 0 ? (
                <Empty title={say('runs.none')}>{say('runs.noneWhat')}</Empty>
              ) : (
                <RunTable runs={all.slice(0, shownRuns)} />
              )}
            </Panel>
          </div>
        );
      }}
    </WhenAsked>
  );
}

function Held({ sync, run: id }: { sync: string; run: string }) {
  const run = useQuery(runQuery(sync, id));
  return run.data === undefined ? null : <HeldDecision run={run.data} />;
}

/** Of the last run that had something to send: an `unchanged` one says nothing of who fails. */
function Reasons({ sync }: { sync: string }) {
  const found = useQuery(syncQuery(sync));
  const { failing, lastRun } = found.data?.status ?? {};
  const reasons = failing?.reasons ?? [];
  return (
    <Panel title={say('reasons.title')}>
      {failing === undefined || reasons.length === 0 ? (
        <Empty title={say(lastRun === undefined ? 'reasons.noRun' : 'reasons.none')} />
      ) : (
        <ReasonList sync={sync} run={failing.run} reasons={reasons} />
      )}
    </Panel>
  );
}

interface ReasonListProps {
  readonly sync: string;
  readonly run: string;
  readonly reasons: NonNullable<Run['reasons']>;
}

/** The platform's own words where it said any; our sentence about it is below. */
export function ReasonList({ sync, run, reasons }: ReasonListProps) {
  return (
    <ul className="reasons">
      {reasons.map(({ code, reason, count }) => {
        const words = platformWords(reason);
        return (
          <li key={`${code} ${reason}`}>
            <span className="number strong">{exact(count)}</span>
            <span>
              <Link
                to="/syncs/$sync/runs/$run"
                params={{ sync, run }}
                search={{ show: 'failed', code }}
                className="strong"
                data-row
              >
                {words === undefined ? reason : say('reasons.platform', { words })}
              </Link>
              {words !== undefined && <span className="muted sentence">{reason}</span>}
            </span>
            <Link to="/help/$code" params={{ code }} className="code muted">
              {code}
            </Link>
          </li>
        );
      })}
    </ul>
  );
}
