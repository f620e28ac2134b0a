/** One sync: its verdict first, then its tabs. */
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useParams } from '@tanstack/react-router';
import { runQuery, syncQuery } from '../../api/queries.ts';
import type { Sync } from '../../api/schema.d.ts';
import { type Fare, fareOf } from '../../fare/fare.ts';
import { syncVerdict } from '../../fare/sync-verdict.ts';
import { Crumbs } from '../../parts/crumbs.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Name } from '../../parts/name.tsx';
import { WhenAsked } from '../../parts/panel.tsx';
import { useNow, When } from '../../parts/when.tsx';
import { Words } from '../../parts/words.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { exact } from '../../words/numbers.ts';
import { say } from '../../words/text.ts';
import { duration, relative } from '../../words/times.ts';
import { Progress } from '../run/progress.tsx';
import { SyncActions } from './sync-actions.tsx';

export function SyncPage() {
  const { sync: id } = useParams({ from: '/syncs/$sync' });
  const sync = useQuery(syncQuery(id));
  useTitle(sync.data?.name ?? id);
  return (
    <div className="stack">
      <WhenAsked query={sync} rows={6}>
        {(found) => <Found sync={found} />}
      </WhenAsked>
    </div>
  );
}

const tabs = [
  ['/syncs/$sync', 'tab.overview'],
  ['/syncs/$sync/runs', 'tab.runs'],
  ['/syncs/$sync/people', 'tab.people'],
  ['/syncs/$sync/settings', 'tab.settings'],
  ['/syncs/$sync/repair', 'tab.repair'],
] as const;

function Found({ sync }: { sync: Sync }) {
  const fare = fareOf(sync);
  const now = useNow();
  return (
    <>
      <div className="page-top">
        <Crumbs sync={sync} />
        <SyncActions fare={fare} />
        <header className="stack stack-tight">
          <p className="row">
            <Mark state={fare.state} chip />
            <span className="muted">
              <Name>{sync.name}</Name> →{' '}
              <Link to="/destinations/$destination" params={{ destination: sync.destination }}>
                {sync.destination}
              </Link>
            </span>
          </p>
          <h1>{syncVerdict(fare, now)}</h1>
          <Facts fare={fare} now={now} />
        </header>
      </div>
      {sync.status.openRun !== undefined && <Open sync={sync.id} run={sync.status.openRun} />}
      <nav className="tabs" aria-label={say('tab.label')}>
        {tabs.map(([to, text]) => (
          <Link key={to} to={to} params={{ sync: sync.id }} activeOptions={{ exact: true }}>
            {say(text)}
          </Link>
        ))}
      </nav>
      <Outlet />
    </>
  );
}

function Open({ sync, run: id }: { sync: string; run: string }) {
  const run = useQuery(runQuery(sync, id));
  return run.data === undefined ? null : <Progress run={run.data} link />;
}

/** Members, what is uncertain, how soon after the export, and when it goes on. */
function Facts({ fare, now }: { fare: Fare; now: number }) {
  const { sync, next, dataFrom, state } = fare;
  const { members, uncertain, succeededAt } = sync.status;
  const lag = lagOf(fare);
  return (
    <ul className="facts muted">
      <li title={exact(members)}>
        {state === 'new' ? say('fact.noMembers') : say('fact.members', { n: members })}
      </li>
      {state !== 'new' && <li>{say('fact.uncertain', { n: uncertain })}</li>}
      {lag !== undefined && <li>{say('fact.lag', { span: duration(lag) })}</li>}
      {dataFrom !== undefined && succeededAt !== undefined && state === 'stale' && (
        <li>
          <Words text="fact.succeeded" values={{ at: <When at={succeededAt} /> }} />
        </li>
      )}
      <li>
        {next === undefined ? (
          say(sync.enabled ? 'fact.byHand' : 'fact.off')
        ) : (
          <Words
            text="fact.next"
            values={{ at: <When at={next} as="moment" />, in: relative(next, now) }}
          />
        )}
      </li>
    </ul>
  );
}

/** From the export to the end of the run that mirrored it; undefined where that was another run than the last. */
function lagOf({ sync: { status }, dataFrom }: Fare): number | undefined {
  const { closedAt, snapshotAt, status: ended } = status.lastRun ?? {};
  if (closedAt === undefined || snapshotAt === undefined || ended !== 'succeeded') return undefined;
  const from = Date.parse(snapshotAt);
  return from === dataFrom ? Math.max(0, Date.parse(closedAt) - from) : undefined;
}
