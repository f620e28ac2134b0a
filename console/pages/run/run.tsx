/** One run: how it ended, the account that balances, why records failed, and each of them. */
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { runQuery, syncQuery } from '../../api/queries.ts';
import type { Run, Sync } from '../../api/schema.d.ts';
import { runVerdict } from '../../fare/run-verdict.ts';
import { Crumbs } from '../../parts/crumbs.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Panel, WhenAsked } from '../../parts/panel.tsx';
import { useNow, When } from '../../parts/when.tsx';
import { Words } from '../../parts/words.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { say, sayOf } from '../../words/text.ts';
import { duration, relative, utc } from '../../words/times.ts';
import { runState } from '../run-table.tsx';
import { ReasonList } from '../sync/overview.tsx';
import { Account } from './account.tsx';
import { HeldDecision } from './held.tsx';
import { Phases } from './phases.tsx';
import { Progress } from './progress.tsx';
import { Records } from './records.tsx';
import { Report } from './report.tsx';
import { RunActions } from './run-actions.tsx';

export function RunPage() {
  const { sync: id, run: runId } = useParams({ from: '/syncs/$sync/runs/$run' });
  const run = useQuery(runQuery(id, runId));
  const sync = useQuery(syncQuery(id));
  const began = run.data === undefined ? runId : utc(Date.parse(run.data.startedAt), Date.now());
  useTitle(`${sync.data?.name ?? id}, ${began}`);
  return (
    <div className="stack">
      <div className="page-top">
        <Crumbs sync={{ id, name: sync.data?.name ?? id }} here={began} />
        {run.data && <RunActions run={run.data} />}
        {run.data && <Verdict run={run.data} sync={sync.data} />}
      </div>
      <WhenAsked query={run} rows={6}>
        {(found) => <Found run={found} />}
      </WhenAsked>
    </div>
  );
}

function Verdict({ run, sync }: { run: Run; sync: Sync | undefined }) {
  const now = useNow();
  const { task } = run;
  return (
    <header className="stack stack-tight">
      <p className="row">
        <Mark state={runState(run)} chip />
        <span className="muted">
          {sayOf('task', task.full ? 'full' : task.kind)} · {sayOf('trigger', run.trigger)}
          {run.closedAt !== undefined &&
            ` · ${duration(Date.parse(run.closedAt) - Date.parse(run.startedAt))}`}
        </span>
      </p>
      <h1>{runVerdict(run, sync, now)}</h1>
      <p className="muted">
        {run.snapshot ? (
          <Words
            text="run.data"
            values={{
              at: <When at={run.snapshot.writtenAt} as="moment" />,
              ago: relative(Date.parse(run.snapshot.writtenAt), now),
            }}
          />
        ) : (
          say('run.noData')
        )}
      </p>
    </header>
  );
}

function Found({ run }: { run: Run }) {
  const { counts, reasons = [], warnings = [], phase, task } = run;
  const isOver = phase === 'closed';
  return (
    <>
      <Progress run={run} />
      {run.status === 'held' && <HeldDecision run={run} />}
      {task.kind === 'dry-run' && isOver && run.status !== 'failed' && <Report run={run} />}
      <div className="two">
        {counts && <Account run={run} counts={counts} />}
        <div className="stack">
          <Phases run={run} />
          <Panel title={say('reasons.title')}>
            {reasons.length === 0 ? (
              <p className="muted">{say(isOver ? 'reasons.none' : 'reasons.notYet')}</p>
            ) : (
              <ReasonList sync={run.sync} run={run.id} reasons={reasons} />
            )}
            {warnings.length > 0 && (
              <>
                <h3>{say('reasons.warnings')}</h3>
                <ReasonList sync={run.sync} run={run.id} reasons={warnings} />
              </>
            )}
          </Panel>
        </div>
      </div>
      {isOver && task.kind !== 'dry-run' && <Records run={run} />}
    </>
  );
}
