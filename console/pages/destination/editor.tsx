/** The form of a destination, saved or not: connection and actions at one side, the request they make at the other. */
import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { api, given } from '../../api/client.ts';
import { destinationQuery, destinationsQuery } from '../../api/queries.ts';
import type { Destination, DestinationSettings, Secrets } from '../../api/schema.d.ts';
import { Conflict } from '../../edit/conflict.tsx';
import { useDraft } from '../../edit/draft.ts';
import { DraftBar } from '../../edit/draft-bar.tsx';
import { Form } from '../../edit/form.tsx';
import { Leaving } from '../../edit/leaving.tsx';
import type { Settings } from '../../edit/pointer.ts';
import { useSaid } from '../../edit/use-said.ts';
import { useSave } from '../../edit/use-save.ts';
import { useHindrance } from '../../parts/button.tsx';
import { Failure } from '../../parts/panel.tsx';
import { say } from '../../words/text.ts';
import { yamlOfDestination } from '../../words/yaml.ts';
import { Actions } from './actions.tsx';
import { Connection } from './connection.tsx';
import { originsOf } from './origins.ts';
import { Preview } from './preview.tsx';
import type { SecretValues } from './secret-fields.tsx';
import { TryIt } from './try-it.tsx';

interface EditorProps {
  /** Of its draft. */
  readonly name: string;
  readonly saved: Settings;
  /** 0: it is new. */
  readonly version: number;
  readonly secrets: Secrets;
  /** That use it. */
  readonly syncs: readonly string[];
  /** Of the preset it began with. */
  readonly preset?: string;
}

// The API reads it, and says what is wrong with it: it need not be right to be sent.
const asBody = (settings: Settings) => settings as unknown as DestinationSettings;

const validate = async (settings: Settings, signal: AbortSignal) =>
  given(await api.POST('/destinations/validate', { body: asBody(settings), signal })).warnings;

const splitOf = ({ version, secrets: _, warnings: __, ...settings }: Destination) => ({
  settings: settings satisfies Settings,
  version,
});

export function DestinationEditor(props: EditorProps) {
  const { name, saved, version, secrets, syncs, preset } = props;
  const draft = useDraft(name, saved, version);
  const [values, setValues] = useState<SecretValues>({});
  const typed = Object.values(values).some((value) => value !== '');
  const told = useSaid(draft.now, validate);
  const saving = useSaving({ ...props, draft, values, clear: () => setValues({}) });
  const isReadOnly = useHindrance(true) === say('act.readOnly');
  const said = saving.refused ?? told;
  const id = String(draft.get('/id') ?? '');
  const isNew = version === 0;
  return (
    <Form draft={draft} said={said} isReadOnly={isReadOnly}>
      <DraftBar
        draft={draft}
        said={said}
        hasMore={typed}
        isPending={saving.isPending}
        verb={say(isNew ? 'destination.create' : 'destination.save')}
        save={saving.save}
        yaml={yamlOfDestination(draft.now, secretNames(secrets))}
        kind="destination"
      >
        {!isNew && <TryIt draft={draft} syncs={syncs} />}
      </DraftBar>
      {saving.failure && <Failure error={saving.failure} />}
      {saving.clash && (
        <Conflict
          thing={id}
          draft={draft}
          theirs={saving.clash.settings}
          version={saving.clash.version}
          close={saving.settle}
          settled={saving.saveAs}
        />
      )}
      <div className="two">
        <div className="stack">
          <Connection isNew={isNew} secrets={secrets} values={values} setValues={setValues} />
          <Actions />
        </div>
        <Preview syncs={syncs} />
      </div>
      <Leaving
        draft={draft}
        hasMore={typed}
        {...(preset !== undefined && { stays: (path: string) => path === '/destinations/new' })}
      />
    </Form>
  );
}

const secretNames = (secrets: Secrets) => Object.keys(secrets);

interface SavingProps extends EditorProps {
  readonly draft: ReturnType<typeof useDraft>;
  readonly values: SecretValues;
  readonly clear: () => void;
}

function useSaving({ name, version, draft, values, clear, preset }: SavingProps) {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const put = async (settings: Settings, from: number) => {
    const id = String(settings['id'] ?? '');
    const header = from === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${from}"` };
    const set = Object.entries(values).filter(([, value]) => value !== '');
    const setSecret = async (body: object) =>
      void given(await api.PUT('/destinations/{id}/secret', { params: { path: { id } }, body }));
    if (from > 0 && set.length > 0) {
      // A secret is for where it was set for: first for both places, then for the new one alone.
      const before = given(await api.GET('/destinations/{id}', { params: { path: { id } } }));
      const origins = [...new Set([...originsOf(before), ...originsOf(settings)])];
      await setSecret({ ...Object.fromEntries(set), origins });
    }
    const answer = await api.PUT('/destinations/{id}', {
      params: { path: { id: id === '' ? '-' : id }, header },
      body: asBody(settings),
    });
    const found = given(answer);
    if ('dryRun' in found) throw new Error('It was not to be saved.');
    if (set.length > 0) await setSecret(from > 0 ? {} : Object.fromEntries(set));
    clear();
    const read = given(await api.GET('/destinations/{id}', { params: { path: { id } } }));
    queries.setQueryData(destinationQuery(id).queryKey, read);
    return splitOf(read);
  };
  const read = async () => {
    const id = String(draft.now['id']);
    return splitOf(given(await api.GET('/destinations/{id}', { params: { path: { id } } })));
  };
  return useSave({
    name,
    draft,
    put,
    read,
    done: async ({ settings }) => {
      await queries.invalidateQueries({ queryKey: destinationsQuery.queryKey });
      await queries.invalidateQueries({ queryKey: ['audit'] });
      if (version > 0) return;
      await navigate({
        to: '/syncs/new',
        search: { destination: String(settings['id']), ...(preset && { preset }) },
        ignoreBlocker: true,
      });
    },
  });
}
