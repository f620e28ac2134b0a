/** One destination as it is saved: connection, what is sent for each action, and its YAML. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { destinationQuery, syncsQuery } from '../api/queries.ts';
import type { Destination } from '../api/schema.d.ts';
import { Crumbs } from '../parts/crumbs.tsx';
import { Panel, WhenAsked } from '../parts/panel.tsx';
import { When } from '../parts/when.tsx';
import { Words } from '../parts/words.tsx';
import { YamlPanel } from '../parts/yaml-panel.tsx';
import { useTitle } from '../shell/shell.tsx';
import { say, sayOf, type TextName } from '../words/text.ts';
import { yamlOfDestination } from '../words/yaml.ts';

export function DestinationPage() {
  const { destination: id } = useParams({ from: '/destinations/$destination' });
  const destination = useQuery(destinationQuery(id));
  useTitle(destination.data?.name ?? id);
  return (
    <div className="stack">
      <Crumbs destinations here={destination.data?.name ?? id} />
      <WhenAsked query={destination} rows={8}>
        {(found) => <Found destination={found} />}
      </WhenAsked>
    </div>
  );
}

const actions = ['insert', 'update', 'delete'] as const;

function Found({ destination }: { destination: Destination }) {
  const syncs = useQuery(syncsQuery);
  const users = syncs.data?.items.filter((each) => each.destination === destination.id) ?? [];
  const text = yamlOfDestination(destination);
  return (
    <>
      <header className="stack stack-tight">
        <h1>{say('destination.verdict', { name: destination.name, n: users.length })}</h1>
        <p className="muted">
          <Words
            text="destination.version"
            values={{
              version: String(destination.version),
              audit: <AuditLink id={destination.id} />,
            }}
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
        </ul>
      </header>
      <div className="two">
        <div className="stack">
          <Connection destination={destination} />
          {actions.map((each) => (
            <Action key={each} name={each} destination={destination} />
          ))}
        </div>
        <YamlPanel text={text} />
      </div>
    </>
  );
}

const AuditLink = ({ id }: { id: string }) => (
  <Link to="/audit" search={{ thing: id }}>
    {say('destination.audit')}
  </Link>
);

type Line = readonly [TextName, ReactNode];

function Connection({ destination }: { destination: Destination }) {
  const { baseUrl, authentication, secrets, headers, concurrency, requestsPerSecond } = destination;
  const lines: readonly Line[] = [
    ['connection.baseUrl', <code key="url">{baseUrl}</code>],
    ['connection.signIn', sayOf('auth', authentication.type)],
    ...Object.entries(secrets).map(
      ([name, secret]): Line => [
        'connection.secret',
        <Words
          key={name}
          text="connection.secretSet"
          values={{ name: sayOf('secret', name), at: <When at={secret.setAt} /> }}
        />,
      ],
    ),
    ['connection.headers', Object.keys(headers).join(', ') || say('setting.none')],
    [
      'connection.pace',
      requestsPerSecond === undefined
        ? say('connection.lanes', { n: concurrency })
        : say('connection.paced', { n: requestsPerSecond, lanes: concurrency }),
    ],
    ['connection.timeout', say('time.seconds', { n: destination.timeoutSeconds })],
  ];
  return (
    <Panel title={say('connection.title')}>
      <dl className="pairs">
        {lines.map(([text, value], place) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: several secrets bear one text
          <div key={`${text} ${place}`}>
            <dt>{say(text)}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </Panel>
  );
}

function Action({
  name,
  destination,
}: {
  name: (typeof actions)[number];
  destination: Destination;
}) {
  const action = destination.actions[name];
  const title = say(`action.${name}`);
  if (action === undefined || typeof action === 'string') {
    return (
      <Panel title={title}>
        <p className="muted">
          {say(action === undefined ? 'destination.noAction' : 'destination.asAdd')}
        </p>
      </Panel>
    );
  }
  return (
    <Panel title={title}>
      <p className="code">
        {action.method} {action.path} × {action.batchSize}
      </p>
      <pre>{action.body}</pre>
      {Object.keys(action.fields).length > 0 && (
        <table className="table grid" aria-label={say('destination.fields')}>
          <thead>
            <tr>
              <th scope="col">{say('mapping.field')}</th>
              <th scope="col">{say('field.required')}</th>
              <th scope="col">{say('field.hash')}</th>
            </tr>
          </thead>
          <tbody>
            {Object.entries(action.fields).map(([field, { required, hash }]) => (
              <tr key={field}>
                <th scope="row">
                  <code>{field}</code>
                </th>
                <td>{say(required ? 'setting.yes' : 'setting.no')}</td>
                <td>{hash === 'NONE' ? <span className="muted">—</span> : hash}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </Panel>
  );
}
