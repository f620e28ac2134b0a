/** A held run: what it would do, what is allowed, and what is usual; then the two choices, which weigh the same. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, given } from '../../api/client.ts';
import { samplesQuery, syncQuery } from '../../api/queries.ts';
import type { Run, Sync, TrippedGuard } from '../../api/schema.d.ts';
import { allOf } from '../../fare/counts.ts';
import { guardLine } from '../../fare/guards.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { Person } from '../../shell/people-switch.tsx';
import { exact } from '../../words/numbers.ts';
import { say } from '../../words/text.ts';

export function HeldDecision({ run }: { run: Run }) {
  const sync = useQuery(syncQuery(run.sync));
  const isDecided = run.approvedBy !== undefined || sync.data?.status.heldRun !== run.id;
  const guards = run.guards ?? [];
  return (
    <Panel title={say('held.title')}>
      {guards.length === 0 ? <p>{run.error?.message}</p> : <Guards guards={guards} />}
      <Samples run={run} />
      {sync.data && isDecided ? (
        <p className="muted">{say('held.decided')}</p>
      ) : (
        sync.data && <Choices run={run} sync={sync.data} />
      )}
    </Panel>
  );
}

function Guards({ guards }: { guards: readonly TrippedGuard[] }) {
  return (
    <Scroll label={say('held.title')}>
      <table className="table grid" aria-label={say('held.title')}>
        <thead>
          <tr>
            <th scope="col">{say('held.guard')}</th>
            <th scope="col" className="number-cell">
              {say('held.would')}
            </th>
            <th scope="col" className="number-cell">
              {say('held.allowed')}
            </th>
            <th scope="col" className="number-cell">
              {say('held.usual')}
            </th>
          </tr>
        </thead>
        <tbody>
          {guards.map(guardLine).map(({ code, what, would, allowed, usual }) => (
            <tr key={code}>
              <th scope="row">{what}</th>
              <td className="number-cell strong tripped">{would}</td>
              <td className="number-cell">{allowed}</td>
              <td className="number-cell">{usual}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

/** Who would go: the members themselves say more than their number. */
function Samples({ run }: { run: Run }) {
  const samples = useQuery(samplesQuery(run.sync, run.id, 'delete'));
  const keys = samples.data?.items ?? [];
  if (keys.length === 0) return null;
  return (
    <details className="sample">
      <summary>{say('held.samples', { n: keys.length })}</summary>
      <ul className="keys">
        {keys.map(({ key }) => (
          <li key={key}>
            <Person>{key}</Person>
          </li>
        ))}
      </ul>
    </details>
  );
}

function Choices({ run, sync }: { run: Run; sync: Sync }) {
  const [asks, setAsks] = useState<'approve' | 'cancel'>();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const removed = run.counts ? allOf(run.counts.delete) : undefined;
  const isEverybody = removed !== undefined && removed > 0 && removed === run.counts?.mirror.before;
  const path = { id: run.sync, run: run.id };
  const approve = useMutation({
    mutationFn: async () =>
      given(
        await api.POST('/syncs/{id}/runs/{run}/approve', {
          params: { path, header: { 'idempotency-key': crypto.randomUUID() } },
        }),
      ),
    onSuccess: async (next) => {
      await queries.invalidateQueries();
      await navigate({ to: '/syncs/$sync/runs/$run', params: { sync: run.sync, run: next.id } });
    },
  });
  const cancel = useMutation({
    mutationFn: () => api.POST('/syncs/{id}/runs/{run}/cancel', { params: { path } }),
    onSuccess: () => queries.invalidateQueries(),
  });
  const verb =
    removed === undefined || removed === 0
      ? say('held.approve')
      : say('held.approveRemoving', { n: removed });
  return (
    <>
      <p>{say('held.what')}</p>
      <div className="row">
        <Button acts onPress={() => setAsks('approve')}>
          {verb}
        </Button>
        <Button acts onPress={() => setAsks('cancel')}>
          {say('held.cancel')}
        </Button>
      </div>
      <Confirm
        title={say('held.approveTitle')}
        verb={verb}
        isOpen={asks === 'approve'}
        close={() => setAsks(undefined)}
        act={() => approve.mutateAsync()}
        {...(isEverybody && { word: sync.id })}
      >
        <p>{say('held.approveWhat', { n: removed ?? 0, platform: sync.destination })}</p>
      </Confirm>
      <Confirm
        title={say('held.cancelTitle')}
        verb={say('held.cancel')}
        look="primary"
        isOpen={asks === 'cancel'}
        close={() => setAsks(undefined)}
        act={() => cancel.mutateAsync()}
      >
        <p>
          {say('held.cancelWhat', {
            platform: sync.destination,
            members: exact(sync.status.members),
          })}
        </p>
      </Confirm>
    </>
  );
}
