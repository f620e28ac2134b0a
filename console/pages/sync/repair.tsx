/** When the platform and our account of it have come apart: each way says what becomes of the members. */
import { useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useState } from 'react';
import { api, given } from '../../api/client.ts';
import { runsQuery, syncQuery } from '../../api/queries.ts';
import type { Run, Sync } from '../../api/schema.d.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Copy, curlOf } from '../../parts/copy.tsx';
import { Failure, Panel, WhenAsked } from '../../parts/panel.tsx';
import { Select } from '../../parts/select.tsx';
import { exact } from '../../words/numbers.ts';
import { say, type TextName } from '../../words/text.ts';
import { moment } from '../../words/times.ts';
import { AdoptForm } from './adopt-form.tsx';
import { useGoToRun } from './go-to-run.ts';
import { useStart } from './sync-actions.tsx';

export function Repair() {
  const { sync: id } = useParams({ from: '/syncs/$sync/repair' });
  const sync = useQuery(syncQuery(id));
  const runs = useInfiniteQuery(runsQuery(id));
  return (
    <WhenAsked query={sync} rows={8}>
      {(found) => (
        <div className="stack">
          <p className="muted">{say('repair.what')}</p>
          <Full sync={found} />
          <Rollback sync={found} runs={runs.data?.pages.flatMap(({ items }) => items) ?? []} />
          <Empty sync={found} />
          <Panel title={say('adopt.title')}>
            <p>{say('adopt.what', { platform: found.destination })}</p>
            <AdoptForm sync={found} />
          </Panel>
          <Reset sync={found} />
        </div>
      )}
    </WhenAsked>
  );
}

interface WayProps {
  readonly title: TextName;
  readonly what: string;
  readonly verb: string;
  readonly sync: Sync;
  readonly act: () => Promise<unknown>;
  /** Typed first; without it the button asks once. */
  readonly word?: string;
  readonly curl: string;
  readonly children?: ReactNode;
  readonly isOff?: boolean;
  /** Looks at everything and does nothing: what it would be refused for is told before anything is typed. */
  readonly foresee?: () => Promise<unknown>;
}

function Way({ title, what, verb, act, word, curl, children, isOff = false, foresee }: WayProps) {
  const [asks, setAsks] = useState(false);
  const [error, setError] = useState<unknown>();
  const ask = async () => {
    setError(undefined);
    try {
      await foresee?.();
      setAsks(true);
    } catch (caught) {
      setError(caught);
    }
  };
  return (
    <Panel title={say(title)}>
      <p>{what}</p>
      {children}
      {error !== undefined && <Failure error={error} />}
      <div className="row">
        <Button
          look={word === undefined ? 'plain' : 'danger'}
          acts
          isDisabled={isOff}
          onPress={() => void ask()}
        >
          {verb}
        </Button>
        <Copy text={curl}>{say('copy.curlShort')}</Copy>
      </div>
      <Confirm
        title={say(title)}
        verb={verb}
        isOpen={asks}
        close={() => setAsks(false)}
        act={act}
        look={word === undefined ? 'primary' : 'danger'}
        {...(word !== undefined && { word })}
      >
        <p>{what}</p>
      </Confirm>
    </Panel>
  );
}

function Full({ sync }: { sync: Sync }) {
  const start = useStart(sync.id);
  return (
    <Way
      title="full.title"
      sync={sync}
      what={say('full.what', { n: sync.status.members, platform: sync.destination })}
      verb={say('full.verb', { n: sync.status.members })}
      act={() => start.mutateAsync('full')}
      curl={curlOf('POST', `/syncs/${sync.id}/runs`, { full: true })}
    />
  );
}

function Rollback({ sync, runs }: { sync: Sync; runs: readonly Run[] }) {
  const go = useGoToRun(sync.id);
  const [to, setTo] = useState<string>();
  const [newest, ...before] = runs.filter(
    ({ status, counts, task }) =>
      (status === 'succeeded' || status === 'partial') && counts && task.kind !== 'dry-run',
  );
  const kept = before.slice(0, sync.observability.snapshotsToRetain);
  const chosen = to ?? kept[0]?.id;
  const params = { path: { id: sync.id } };
  const roll = async (dryRun: boolean) =>
    given(
      await api.POST('/syncs/{id}/rollback', {
        params: {
          ...params,
          ...(dryRun && { query: { dryRun: 'true' } }),
          ...(!dryRun && { header: { 'idempotency-key': crypto.randomUUID() } }),
        },
        body: { to: chosen ?? '' },
      }),
    );
  const now = Date.now();
  return (
    <Way
      title="rollback.title"
      sync={sync}
      what={say('rollback.what', { platform: sync.destination })}
      verb={say('rollback.verb')}
      word={sync.id}
      isOff={newest === undefined || chosen === undefined}
      foresee={() => roll(true)}
      act={async () => go((await roll(false)) as { id?: string })}
      curl={curlOf('POST', `/syncs/${sync.id}/rollback`, { to: chosen ?? 'RUN' })}
    >
      {kept.length === 0 ? (
        <p className="muted">{say('rollback.none')}</p>
      ) : (
        <Select
          label={say('rollback.to')}
          value={chosen ?? ''}
          choices={kept.map(({ id, startedAt, counts }) => [
            id,
            say('rollback.choice', {
              at: moment(Date.parse(startedAt), now),
              members: exact(counts?.mirror.after ?? 0),
            }),
          ])}
          choose={setTo}
        />
      )}
    </Way>
  );
}

function Empty({ sync }: { sync: Sync }) {
  const go = useGoToRun(sync.id);
  const { members } = sync.status;
  const empty = async (dryRun: boolean) =>
    given(
      await api.POST('/syncs/{id}/empty', {
        params: {
          path: { id: sync.id },
          ...(dryRun && { query: { dryRun: 'true' } }),
          ...(!dryRun && { header: { 'idempotency-key': crypto.randomUUID() } }),
        },
      }),
    );
  return (
    <Way
      title="emptying.title"
      sync={sync}
      what={say('emptying.what', { n: members, platform: sync.destination })}
      verb={say('emptying.verb', { n: members })}
      word={sync.id}
      isOff={members === 0 || sync.enabled}
      foresee={() => empty(true)}
      act={async () => go((await empty(false)) as { id?: string })}
      curl={curlOf('POST', `/syncs/${sync.id}/empty`)}
    >
      {sync.enabled && <p className="muted">{say('emptying.switchOff')}</p>}
    </Way>
  );
}

function Reset({ sync }: { sync: Sync }) {
  const queries = useQueryClient();
  const { members } = sync.status;
  const reset = (dryRun: boolean) =>
    api.POST('/syncs/{id}/reset', {
      params: { path: { id: sync.id }, ...(dryRun && { query: { dryRun: 'true' } }) },
    });
  return (
    <Way
      title="reset.title"
      sync={sync}
      what={say('reset.what', { n: members, platform: sync.destination })}
      verb={say('reset.verb', { n: members })}
      word={sync.id}
      isOff={members === 0}
      foresee={() => reset(true)}
      act={async () => {
        await reset(false);
        await queries.invalidateQueries();
      }}
      curl={curlOf('POST', `/syncs/${sync.id}/reset`)}
    >
      <p className="muted">
        {say('reset.also')}{' '}
        <Link to="/help/$code" params={{ code: 'mirror-damaged' }}>
          {say('reset.when')}
        </Link>
      </p>
    </Way>
  );
}
