/** A new sync: one page, in any order; a draft is saved switched off. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { api, given } from '../../api/client.ts';
import { destinationsQuery, presetQuery, syncsQuery } from '../../api/queries.ts';
import { isSettings, type Json, type Settings } from '../../edit/pointer.ts';
import { Crumbs } from '../../parts/crumbs.tsx';
import { WhenAsked } from '../../parts/panel.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { say } from '../../words/text.ts';
import { SyncEditor } from './form/sync-editor.tsx';
import type { After } from './form/try-part.tsx';

export function NewSync() {
  const { destination, preset } = useSearch({ from: '/syncs/new' });
  useTitle(say('syncForm.new'));
  const syncs = useQuery(syncsQuery);
  const destinations = useQuery(destinationsQuery);
  const from = useQuery({
    ...presetQuery(preset ?? ''),
    enabled: preset !== undefined && preset !== 'none',
  });
  const isAsking = from.isFetching || syncs.isPending || destinations.isPending;
  const only = destinations.data?.items.length === 1 ? destinations.data.items[0]?.id : undefined;
  return (
    <div className="stack">
      <Crumbs here={say('syncForm.new')} />
      <header className="stack stack-tight">
        <h1>{say('syncForm.verdict')}</h1>
        <p className="muted">{say('syncForm.what')}</p>
      </header>
      <WhenAsked query={syncs} rows={8}>
        {({ items }) =>
          !isAsking && (
            <Editor
              saved={{
                ...begun,
                ...blank(from.data?.sync),
                id: '',
                name: '',
                enabled: false,
                destination: destination ?? only ?? '',
                source: { bucket: items[0]?.source.bucket ?? '', prefix: '', format: 'auto' },
              }}
            />
          )
        }
      </WhenAsked>
    </div>
  );
}

const begun: Settings = {
  id: '',
  name: '',
  destination: '',
  audience: { id: '', name: '' },
  source: {},
  key: [],
  mappings: {},
  schedule: { type: 'manual' },
};

/** The preset's sync; what is to be filled in is empty. */
function blank(value: unknown): Settings {
  const emptied = JSON.parse(
    JSON.stringify(value ?? {}, (_, each: Json) =>
      typeof each === 'string' && /^<[A-Z0-9_]+>$/.test(each) ? '' : each,
    ),
  ) as Json;
  return isSettings(emptied) ? emptied : {};
}

function Editor({ saved }: { saved: Settings }) {
  const navigate = useNavigate();
  const done = async (id: string, next: After) => {
    if (next !== 'dry-run') {
      await navigate({ to: '/syncs/$sync', params: { sync: id }, ignoreBlocker: true });
      return;
    }
    const answer = await api.POST('/syncs/{id}/runs', {
      params: { path: { id } },
      body: { dryRun: true },
    });
    const params = { sync: id, run: given(answer).id };
    await navigate({ to: '/syncs/$sync/runs/$run', params, ignoreBlocker: true });
  };
  return <SyncEditor name="sync:new" saved={saved} version={0} done={done} />;
}
