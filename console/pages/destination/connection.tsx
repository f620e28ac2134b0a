/** How the platform is reached: address, sign-in with its secrets, headers, pace. */
import { Plus, X } from 'lucide-react';
import type { Secrets } from '../../api/schema.d.ts';
import {
  ChoiceControl,
  NumberControl,
  TextControl,
  TickControl,
  Told,
} from '../../edit/controls.tsx';
import { useControl, useForm } from '../../edit/form.tsx';
import { NameAndId } from '../../edit/name-and-id.tsx';
import { isSettings, type Settings } from '../../edit/pointer.ts';
import { Button } from '../../parts/button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { say, sayOf } from '../../words/text.ts';
import { authenticationTypes, SecretFields, type SecretValues } from './secret-fields.tsx';

interface ConnectionProps {
  readonly isNew: boolean;
  readonly secrets: Secrets;
  readonly values: SecretValues;
  readonly setValues: (values: SecretValues) => void;
}

export function Connection({ isNew, secrets, values, setValues }: ConnectionProps) {
  return (
    <Panel title={say('connection.title')}>
      <NameAndId isNew={isNew} />
      <TextControl
        at="/baseUrl"
        label={say('connection.baseUrl')}
        example="https://api.example.com/v1"
        isCode
      />
      <SignIn />
      <SecretFields secrets={secrets} values={values} setValues={setValues} />
      <Headers />
      <details>
        <summary>{say('connection.more')}</summary>
        <div className="fields">
          <NumberControl at="/concurrency" label={say('connection.concurrency')} example="1" />
          <NumberControl
            at="/requestsPerSecond"
            label={say('connection.rate')}
            example={say('connection.rateFree')}
          />
          <NumberControl
            at="/timeoutSeconds"
            label={say('connection.timeoutSeconds')}
            example="30"
          />
          <NumberControl at="/circuitAfter" label={say('connection.circuitAfter')} example="20" />
          <ChoiceControl
            at="/onRefusal"
            label={say('connection.onRefusal')}
            usual="bisect"
            choices={[
              ['bisect', say('connection.bisect')],
              ['fail', say('connection.fail')],
            ]}
          />
          <TickControl at="/gzip" label={say('connection.gzip')} />
        </div>
      </details>
    </Panel>
  );
}

const grants = ['clientCredentials', 'refreshToken', 'jwtBearer'] as const;
const clientPlaces = ['basic', 'body', 'none'] as const;

function SignIn() {
  const { draft } = useForm();
  const type = draft.get('/authentication/type') ?? 'none';
  return (
    <>
      <div className="fields">
        <ChoiceControl
          at="/authentication/type"
          label={say('connection.signIn')}
          usual="none"
          choices={authenticationTypes.map((each) => [each, sayOf('auth', each)])}
          choose={(next) => draft.set('/authentication', { type: next })}
        />
        {type === 'basic' && (
          <TextControl at="/authentication/userName" label={say('auth.userName')} />
        )}
        {type === 'apiKey' && (
          <TextControl
            at="/authentication/header"
            label={say('auth.header')}
            example="x-api-key"
            isCode
          />
        )}
      </div>
      {type === 'oauth2' && (
        <div className="fields">
          <TextControl at="/authentication/tokenUrl" label={say('auth.tokenUrl')} isCode />
          <TextControl at="/authentication/clientId" label={say('auth.clientId')} isCode />
          <TextControl at="/authentication/scope" label={say('auth.scope')} isCode isOptional />
          <ChoiceControl
            at="/authentication/grant"
            label={say('auth.grant')}
            usual="clientCredentials"
            choices={grants.map((each) => [each, sayOf('grant', each)])}
          />
          <ChoiceControl
            at="/authentication/clientAuthentication"
            label={say('auth.clientAuthentication')}
            usual="basic"
            choices={clientPlaces.map((each) => [each, sayOf('clientPlace', each)])}
          />
        </div>
      )}
    </>
  );
}

/** Those that are the same for every request; none holds a secret. */
function Headers() {
  const control = useControl('/headers');
  const headers = isSettings(control.value) ? control.value : {};
  const entries = Object.entries(headers);
  const change = (place: number, name: string, value: string) => {
    const next = entries.map((each, at) => (at === place ? [name, value] : each));
    const settings: Settings = Object.fromEntries(next);
    control.set(settings);
  };
  return (
    <div className="field">
      <span className="label">{say('connection.headers')}</span>
      {entries.map(([name, value], place) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: its name is what is typed
        <div className="row header-row" key={place}>
          <input
            className="input code"
            aria-label={say('connection.headerName')}
            value={name}
            readOnly={control.isReadOnly}
            onChange={({ target }) => change(place, target.value, String(value))}
          />
          <input
            className="input code"
            aria-label={say('connection.headerValue', { name })}
            value={String(value)}
            readOnly={control.isReadOnly}
            onChange={({ target }) => change(place, name, target.value)}
          />
          <Button
            icon={X}
            look="quiet"
            label={say('connection.headerRemove', { name })}
            onPress={() => control.set(Object.fromEntries(entries.filter((_, at) => at !== place)))}
          />
        </div>
      ))}
      <Told control={control} />
      <div className="row">
        <Button
          icon={Plus}
          isDisabled={'' in headers || control.isReadOnly}
          onPress={() => control.set({ ...headers, '': '' })}
        >
          {say('connection.headerAdd')}
        </Button>
      </div>
    </div>
  );
}
