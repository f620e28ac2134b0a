/** What a sync does, in its parts, and the same as YAML. */
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactNode, useMemo } from 'react';
import { syncQuery } from '../../api/queries.ts';
import type { Sync } from '../../api/schema.d.ts';
import { Panel, WhenAsked } from '../../parts/panel.tsx';
import { When } from '../../parts/when.tsx';
import { YamlPanel } from '../../parts/yaml-panel.tsx';
import { share } from '../../words/numbers.ts';
import { say, sayOf, type TextName } from '../../words/text.ts';
import { yamlOfSync } from '../../words/yaml.ts';

export function SyncSettings() {
  const { sync: id } = useParams({ from: '/syncs/$sync/settings' });
  const sync = useQuery(syncQuery(id));
  return (
    <WhenAsked query={sync} rows={8}>
      {(found) => (
        <div className="two">
          <Parts sync={found} />
          <Yaml sync={found} />
        </div>
      )}
    </WhenAsked>
  );
}

function Yaml({ sync }: { sync: Sync }) {
  const text = useMemo(() => yamlOfSync(sync), [sync]);
  return <YamlPanel text={text} />;
}

type Line = readonly [TextName, ReactNode];

function Parts({ sync }: { sync: Sync }) {
  return (
    <div className="stack">
      <Part title="part.source" lines={source(sync)} />
      <Part title="part.destination" lines={destination(sync)} />
      <Part title="part.fields" lines={[]}>
        <Mappings sync={sync} />
      </Part>
      <Part title="part.when" lines={when(sync)} />
      <Part title="part.safety" lines={safety(sync)} />
      <Part title="part.kept" lines={kept(sync)} />
    </div>
  );
}

function Part({
  title,
  lines,
  children,
}: {
  title: TextName;
  lines: readonly Line[];
  children?: ReactNode;
}) {
  return (
    <Panel title={say(title)}>
      {lines.length > 0 && (
        <dl className="pairs">
          {lines.map(([text, value]) => (
            <div key={text}>
              <dt>{say(text)}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      )}
      {children}
    </Panel>
  );
}

const source = ({ source: from, key }: Sync): Line[] => [
  ['setting.place', <code key="place">{`${from.bucket}/${from.prefix}`}</code>],
  ['setting.format', sayOf('format', from.format)],
  ['setting.layout', sayOf('layout', from.layout)],
  ['setting.key', <code key="key">{key.join(', ')}</code>],
];

const destination = (sync: Sync): Line[] => [
  [
    'setting.destination',
    <Link
      key="destination"
      to="/destinations/$destination"
      params={{ destination: sync.destination }}
    >
      {sync.destination}
    </Link>,
  ],
  ['setting.audience', `${sync.audience.name} (${sync.audience.id})`],
];

const when = ({ schedule, enabled, status }: Sync): Line[] => [
  ['setting.schedule', scheduleInWords(schedule)],
  [
    'setting.next',
    status.nextRuns.length === 0 ? (
      say(enabled ? 'next.byHand' : 'next.off')
    ) : (
      <ul key="next">
        {status.nextRuns.map((at) => (
          <li key={at}>
            <When at={at} as="moment" />
          </li>
        ))}
      </ul>
    ),
  ],
];

function scheduleInWords(schedule: Sync['schedule']): string {
  switch (schedule.type) {
    case 'manual':
      return say('schedule.manual');
    case 'basic':
      return say('schedule.basic', { every: schedule.every, from: schedule.from });
    default:
      return say('schedule.cron', { expression: schedule.expression });
  }
}

const orNone = (value: string | undefined) => value ?? say('setting.none');

const safety = ({ guards, canary, alerts, retryFailed, deadlineHours }: Sync): Line[] => [
  [
    'setting.deletes',
    say('setting.deletesValue', { share: share(guards.deletesShare, 1), n: guards.deletesAbove }),
  ],
  [
    'setting.changes',
    orNone(guards.changesShare === undefined ? undefined : share(guards.changesShare, 1)),
  ],
  ['setting.minimum', orNone(guards.minimumRows?.toString())],
  [
    'setting.invalid',
    orNone(guards.invalidShare === undefined ? undefined : share(guards.invalidShare, 1)),
  ],
  [
    'setting.canary',
    orNone(
      canary &&
        say('setting.canaryValue', { n: canary.records, share: share(canary.successShare, 1) }),
    ),
  ],
  ['setting.partial', share(alerts.partialShare, 1)],
  ['setting.retry', say(retryFailed ? 'setting.yes' : 'setting.no')],
  ['setting.deadline', say('time.hours', { n: deadlineHours })],
];

const kept = ({ observability }: Sync): Line[] => [
  [
    'setting.logs',
    observability.retainLogs
      ? say('time.days', { n: observability.logRetentionDays })
      : say('setting.off'),
  ],
  ['setting.logKeys', sayOf('logKeys', observability.logKeys)],
  ['setting.mirrors', say('setting.runs', { n: observability.snapshotsToRetain })],
];

function Mappings({ sync }: { sync: Sync }) {
  return (
    <table className="table grid" aria-label={say('part.fields')}>
      <thead>
        <tr>
          <th scope="col">{say('mapping.field')}</th>
          <th scope="col">{say('mapping.from')}</th>
          <th scope="col">{say('mapping.normalised')}</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(sync.mappings).map(([field, mapping]) => (
          <tr key={field}>
            <th scope="row">
              <code>{field}</code>
            </th>
            <td>
              {'column' in mapping ? (
                <code>{mapping.column}</code>
              ) : (
                <>
                  {say('mapping.always')} <code>{JSON.stringify(mapping.value)}</code>
                </>
              )}
            </td>
            <td className="muted">
              {(sync.normalise[field] ?? []).map(({ rule }) => rule).join(', ') || '—'}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
