/** One destination: who uses it, and everything of it to be changed in its place. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { destinationQuery, syncsQuery } from '../../api/queries.ts';
import type { Destination } from '../../api/schema.d.ts';
import { Crumbs } from '../../parts/crumbs.tsx';
import { WhenAsked } from '../../parts/panel.tsx';
import { Words } from '../../parts/words.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { say } from '../../words/text.ts';
import { DestinationEditor } from './editor.tsx';

export function DestinationPage() {
  const { destination: id } = useParams({ from: '/destinations/$destination' });
  const destination = useQuery(destinationQuery(id));
  useTitle(destination.data?.name ?? id);
  return (
    <div className="stack" key={id}>
      <Crumbs destinations here={destination.data?.name ?? id} />
      <WhenAsked query={destination} rows={8}>
        {(found) => <Found destination={found} />}
      </WhenAsked>
    </div>
  );
}

function Found({ destination }: { destination: Destination }) {
  const syncs = useQuery(syncsQuery);
  const users = syncs.data?.items.filter((each) => each.destination === destination.id) ?? [];
  const { version, secrets, warnings: _, ...settings } = destination;
  return (
    <>
      <header className="stack stack-tight">
        <h1>{say('destination.verdict', { name: destination.name, n: users.length })}</h1>
        <p className="muted">
          <Words
            text="destination.version"
            values={{ version: String(version), audit: <AuditLink id={destination.id} /> }}
          />
        </p>
        <ul className="facts muted">
          {users.map(({ id, name }) => (
            <li key={id}>
              <Link to="/syncs/$sync" params={{ sync: id }}>
                {name}
              </Link>
            </li>
          ))}
          {users.length === 0 && syncs.data && (
            <li>
              <Link to="/syncs/new" search={{ destination: destination.id }}>
                {say('destination.firstSync')}
              </Link>
            </li>
          )}
        </ul>
      </header>
      <DestinationEditor
        name={`destination:${destination.id}`}
        saved={settings}
        version={version}
        secrets={secrets}
        syncs={users.map(({ id }) => id)}
      />
    </>
  );
}

const AuditLink = ({ id }: { id: string }) => (
  <Link to="/audit" search={{ thing: id }}>
    {say('destination.audit')}
  </Link>
);
