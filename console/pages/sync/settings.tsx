/** What a sync does, in its parts, to be changed in its place; who changed it last. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { newestChangeQuery, syncQuery } from '../../api/queries.ts';
import type { Sync } from '../../api/schema.d.ts';
import { WhenAsked } from '../../parts/panel.tsx';
import { When } from '../../parts/when.tsx';
import { Words } from '../../parts/words.tsx';
import { say } from '../../words/text.ts';
import { SyncEditor } from './form/sync-editor.tsx';

export function SyncSettings() {
  const { sync: id } = useParams({ from: '/syncs/$sync/settings' });
  const sync = useQuery(syncQuery(id));
  return (
    <WhenAsked query={sync} rows={8}>
      {(found) => <Settings sync={found} />}
    </WhenAsked>
  );
}

function Settings({ sync }: { sync: Sync }) {
  const { version, status: _, warnings: __, ...settings } = sync;
  const change = useQuery(newestChangeQuery(sync.id));
  return (
    <div className="stack" key={sync.id}>
      <p className="muted">
        {say('settings.version', { version: String(version) })}{' '}
        {change.data && (
          <Words
            text="settings.by"
            values={{ who: change.data.who, at: <When at={change.data.at} as="moment" /> }}
          />
        )}{' '}
        <Link to="/audit" search={{ thing: sync.id }}>
          {say('destination.audit')}
        </Link>
      </p>
      <SyncEditor name={`sync:${sync.id}`} saved={settings} version={version} />
    </div>
  );
}
