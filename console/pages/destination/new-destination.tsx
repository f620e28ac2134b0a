/** A new destination begins with a platform's preset, or with nothing. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { presetQuery, presetsQuery } from '../../api/queries.ts';
import type { Preset } from '../../api/schema.d.ts';
import { isSettings, type Json, type Settings } from '../../edit/pointer.ts';
import { Button } from '../../parts/button.tsx';
import { Crumbs } from '../../parts/crumbs.tsx';
import { Empty, Panel, WhenAsked } from '../../parts/panel.tsx';
import { useTitle } from '../../shell/shell.tsx';
import { say } from '../../words/text.ts';
import { DestinationEditor } from './editor.tsx';
import { filled } from './filled.ts';

const nothing = 'none';

export function NewDestination() {
  const { preset } = useSearch({ from: '/destinations/new' });
  useTitle(say('destination.new'));
  return (
    <div className="stack" key={preset}>
      <Crumbs destinations here={say('destination.new')} />
      {preset === undefined && <Presets />}
      {preset === nothing && (
        <>
          <h1>{say('destination.newVerdict')}</h1>
          <DestinationEditor
            name="destination:new"
            saved={fromNothing}
            version={0}
            secrets={{}}
            syncs={[]}
            preset={nothing}
          />
        </>
      )}
      {preset !== undefined && preset !== nothing && <FromPreset id={preset} />}
    </div>
  );
}

const fromNothing: Settings = {
  id: '',
  name: '',
  baseUrl: 'https://',
  authentication: { type: 'bearer' },
  actions: {
    insert: {
      method: 'POST',
      path: '/audiences/{{connection.audienceId}}/members',
      batchSize: 100,
      body: '{\n  "members": [$$.records.{ "email": email }]\n}',
      fields: { email: { required: true } },
    },
    update: 'insert',
    delete: {
      method: 'DELETE',
      path: '/audiences/{{connection.audienceId}}/members',
      batchSize: 100,
      body: '{\n  "members": [$$.records.{ "email": email }]\n}',
      fields: { email: { required: true } },
    },
  },
};

function Presets() {
  const presets = useQuery(presetsQuery);
  const [text, setText] = useState('');
  return (
    <>
      <h1>{say('presets.verdict')}</h1>
      <Panel
        title={say('presets.title')}
        actions={
          <input
            type="search"
            className="input"
            aria-label={say('presets.filter')}
            placeholder={say('presets.filter')}
            value={text}
            onChange={({ target }) => setText(target.value)}
          />
        }
      >
        <WhenAsked query={presets} rows={8}>
          {({ items }) => {
            const found = items.filter(({ name, people }) =>
              `${name} ${people}`.toLowerCase().includes(text.trim().toLowerCase()),
            );
            return (
              <ul className="cards">
                <li className="card">
                  <Link
                    to="/destinations/new"
                    search={{ preset: nothing }}
                    className="row-link"
                    data-row
                  >
                    {say('presets.nothing')}
                  </Link>
                  <p className="muted small">{say('presets.nothingWhat')}</p>
                </li>
                {found.map(({ id, name, people }) => (
                  <li key={id} className="card">
                    <Link
                      to="/destinations/new"
                      search={{ preset: id }}
                      className="row-link"
                      data-row
                    >
                      {name}
                    </Link>
                    <p className="muted small">{people}</p>
                  </li>
                ))}
                {found.length === 0 && (
                  <li>
                    <Empty title={say('empty.noMatch')}>{say('presets.none')}</Empty>
                  </li>
                )}
              </ul>
            );
          }}
        </WhenAsked>
      </Panel>
    </>
  );
}

function FromPreset({ id }: { id: string }) {
  const preset = useQuery(presetQuery(id));
  return (
    <WhenAsked query={preset} rows={8}>
      {(found) => <Filling preset={found} />}
    </WhenAsked>
  );
}

/** What the preset leaves open is asked first, in its own words; what is not said stands as `<NAME>` and is found wrong. */
function Filling({ preset }: { preset: Preset }) {
  const navigate = useNavigate();
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const [begun, setBegun] = useState<Settings>();
  const wanted = Object.entries(preset.fill).filter(([name]) =>
    JSON.stringify(preset.destination).includes(`<${name}>`),
  );
  // What the API gives as JSON is JSON.
  const settings = preset.destination as { [name: string]: Json };
  if (begun) {
    return (
      <>
        <h1>{say('destination.newVerdict')}</h1>
        <DestinationEditor
          name={`destination:new ${preset.id}`}
          saved={begun}
          version={0}
          secrets={{}}
          syncs={[]}
          preset={preset.id}
        />
      </>
    );
  }
  return (
    <>
      <header className="stack stack-tight">
        <h1>{preset.name}</h1>
        <p className="muted">{say('presets.people', { people: preset.people })}</p>
      </header>
      <div className="two">
        <Panel title={say('presets.fill')}>
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              const all = filled(settings, values);
              if (isSettings(all)) setBegun(all);
            }}
          >
            {wanted.length === 0 && <p className="muted">{say('presets.noFill')}</p>}
            {wanted.map(([name, { about, example }]) => (
              <div className="field" key={name}>
                <label htmlFor={`fill-${name}`}>{about}</label>
                <input
                  id={`fill-${name}`}
                  className="input code"
                  autoComplete="off"
                  spellCheck={false}
                  placeholder={example}
                  value={values[name] ?? ''}
                  onChange={({ target }) => setValues({ ...values, [name]: target.value })}
                />
              </div>
            ))}
            <div className="row actions-end">
              <Button onPress={() => void navigate({ to: '/destinations/new', search: {} })}>
                {say('presets.other')}
              </Button>
              <button type="submit" className="button button-primary">
                {say('presets.begin')}
              </button>
            </div>
          </form>
        </Panel>
        <Panel title={say('presets.know')}>
          <Facts title={say('presets.missing')} all={preset.missing} />
          <Facts title={say('presets.unverified')} all={preset.unverified} />
          <Facts
            title={say('presets.documentation')}
            all={preset.documentation.map(({ title, date }) => `${title} (${date})`)}
          />
        </Panel>
      </div>
    </>
  );
}

function Facts({ title, all }: { title: string; all: readonly string[] }) {
  if (all.length === 0) return null;
  return (
    <section className="stack stack-tight">
      <h3>{title}</h3>
      <ul className="bullets">
        {all.map((each) => (
          <li key={each}>{each}</li>
        ))}
      </ul>
    </section>
  );
}
