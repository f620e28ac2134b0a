/** Switch, dry run, run, and the curl of it. One key a click, so that a double click is one run. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { ChevronDown, Play, Terminal, TestTube } from 'lucide-react';
import { useRef, useState } from 'react';
import {
  Button as AriaButton,
  Menu,
  MenuItem,
  MenuTrigger,
  Popover,
  Text,
} from 'react-aria-components';
import { api, given } from '../../api/client.ts';
import type { Sync } from '../../api/schema.d.ts';
import type { Fare } from '../../fare/fare.ts';
import { Button, useHindrance } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Copy, curlOf } from '../../parts/copy.tsx';
import { Failure } from '../../parts/panel.tsx';
import { say } from '../../words/text.ts';

type How = 'usual' | 'full' | 'dry-run';

export function useStart(sync: string) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const key = useRef<string>(undefined);
  return useMutation({
    mutationFn: async (how: How) => {
      // Clicked once more before it was answered, it is the same run.
      key.current ??= crypto.randomUUID();
      return given(
        await api.POST('/syncs/{id}/runs', {
          params: { path: { id: sync }, header: { 'idempotency-key': key.current } },
          body: { dryRun: how === 'dry-run', full: how === 'full' },
        }),
      );
    },
    onSettled: () => {
      key.current = undefined;
    },
    onSuccess: async (run) => {
      await queries.invalidateQueries();
      await navigate({ to: '/syncs/$sync/runs/$run', params: { sync, run: run.id } });
    },
  });
}

export function SyncActions({ fare: { sync, state } }: { fare: Fare }) {
  const start = useStart(sync.id);
  const [asksFull, setAsksFull] = useState(false);
  const isOpen = sync.status.openRun !== undefined;
  const pending = start.isPending;
  return (
    <div className="stack stack-tight actions">
      <div className="row">
        <Switch sync={sync} />
        <span data-key="d">
          <Button icon={TestTube} acts isPending={pending} onPress={() => start.mutate('dry-run')}>
            {say('sync.dryRun')}
          </Button>
        </span>
        <span className="joined">
          <span data-key="r">
            <Button
              icon={Play}
              look={state === 'held' ? 'plain' : 'primary'}
              acts
              isDisabled={isOpen}
              isPending={pending}
              onPress={() => start.mutate('usual')}
            >
              {say(pending ? 'sync.asked' : isOpen ? 'sync.running' : 'sync.run')}
            </Button>
          </span>
          <MoreWays full={() => setAsksFull(true)} />
        </span>
        <span data-key="u">
          <Copy
            icon={Terminal}
            label={say('copy.curl')}
            text={() => curlOf('POST', `/syncs/${sync.id}/runs`, {})}
          />
        </span>
      </div>
      {start.error && <Failure error={start.error} />}
      <Confirm
        title={say('full.title')}
        verb={say('full.verb', { n: sync.status.members })}
        look="primary"
        isOpen={asksFull}
        close={() => setAsksFull(false)}
        act={() => start.mutateAsync('full')}
      >
        <p>{say('full.what', { n: sync.status.members, platform: sync.destination })}</p>
      </Confirm>
    </div>
  );
}

function MoreWays({ full }: { full: () => void }) {
  const hindrance = useHindrance(true);
  return (
    <MenuTrigger>
      <AriaButton className="button" aria-label={say('sync.more')}>
        <ChevronDown size={16} strokeWidth={1.75} aria-hidden="true" />
      </AriaButton>
      <Popover className="menu" placement="bottom end">
        <Menu
          aria-label={say('sync.more')}
          onAction={full}
          disabledKeys={hindrance === undefined ? [] : ['full']}
        >
          <MenuItem id="full" className="menu-item" textValue={say('full.title')}>
            <Text slot="label">{say('full.title')}</Text>
            <Text slot="description" className="muted small">
              {hindrance ?? say('full.short')}
            </Text>
          </MenuItem>
        </Menu>
      </Popover>
    </MenuTrigger>
  );
}

/** At once: it can be undone by the same switch. */
function Switch({ sync }: { sync: Sync }) {
  const queries = useQueryClient();
  const hindrance = useHindrance(true);
  const [shown, setShown] = useState<boolean>();
  const set = useMutation({
    mutationFn: async (on: boolean) => {
      const params = { path: { id: sync.id } };
      return on
        ? api.POST('/syncs/{id}/enable', { params })
        : api.POST('/syncs/{id}/disable', { params });
    },
    onMutate: setShown,
    onSettled: async () => {
      await queries.invalidateQueries();
      setShown(undefined);
    },
  });
  const isOn = shown ?? sync.enabled;
  return (
    <>
      <button
        type="button"
        role="switch"
        aria-checked={isOn}
        aria-disabled={hindrance !== undefined || undefined}
        title={hindrance}
        className="switch"
        onClick={() => {
          if (hindrance === undefined) set.mutate(!isOn);
        }}
      >
        <span className="switch-track" aria-hidden="true" />
        <span>{say(isOn ? 'sync.on' : 'sync.off')}</span>
      </button>
      {set.error && <Failure error={set.error} />}
    </>
  );
}
