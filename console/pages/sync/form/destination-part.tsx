/** Which platform, which audience there, and the values that its templates ask every sync for. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { destinationsQuery, fieldsQuery } from '../../../api/queries.ts';
import { ChoiceControl, TextControl } from '../../../edit/controls.tsx';
import { useForm } from '../../../edit/form.tsx';
import { below, isSettings } from '../../../edit/pointer.ts';
import { Panel } from '../../../parts/panel.tsx';
import { say } from '../../../words/text.ts';

/** What every sync has. */
const own = new Set(['audienceId', 'audienceName', 'syncId']);

export function DestinationPart() {
  const { draft } = useForm();
  const id = String(draft.get('/destination') ?? '');
  const destinations = useQuery(destinationsQuery);
  const fields = useQuery({ ...fieldsQuery(id), enabled: id !== '' });
  const asked = fields.data?.items.flatMap(({ connection }) => connection) ?? [];
  const given = draft.get('/connection');
  const names = [...asked.map(firstStep), ...Object.keys(isSettings(given) ? given : {})];
  const wanted = [...new Set(names)].filter((name) => !own.has(name));
  return (
    <Panel title={say('part.destination')}>
      <ChoiceControl
        at="/destination"
        label={say('setting.destination')}
        choices={[
          ['', say('syncForm.choose')],
          ...(destinations.data?.items ?? []).map((each) => [each.id, each.name] as const),
        ]}
        hint={
          <>
            {id !== '' && (
              <Link to="/destinations/$destination" params={{ destination: id }}>
                {say('syncForm.openDestination')}
              </Link>
            )}{' '}
            <Link to="/destinations/new">{say('destination.new')}</Link>
          </>
        }
      />
      <div className="fields">
        <TextControl
          at="/audience/id"
          label={say('syncForm.audienceId')}
          hint={say('syncForm.audienceIdHint')}
          isCode
        />
        <TextControl at="/audience/name" label={say('syncForm.audienceName')} />
        {wanted.map((name) => (
          <TextControl
            key={name}
            at={below('/connection', name)}
            label={say('syncForm.connection', { name })}
            isCode
            isOptional
          />
        ))}
      </div>
    </Panel>
  );
}

const firstStep = (path: string) => path.split('.')[0] ?? path;
