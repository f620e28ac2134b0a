/** The form of a sync, saved or not, in six parts that may be filled in any order. */
import { useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { api, given } from '../../../api/client.ts';
import { syncQuery, syncsQuery } from '../../../api/queries.ts';
import type { Sync, SyncSettings } from '../../../api/schema.d.ts';
import { Conflict } from '../../../edit/conflict.tsx';
import { useDraft } from '../../../edit/draft.ts';
import { DraftBar } from '../../../edit/draft-bar.tsx';
import { Form } from '../../../edit/form.tsx';
import { Leaving } from '../../../edit/leaving.tsx';
import type { Settings } from '../../../edit/pointer.ts';
import { useSaid } from '../../../edit/use-said.ts';
import { useSave } from '../../../edit/use-save.ts';
import { useHindrance } from '../../../parts/button.tsx';
import { Failure } from '../../../parts/panel.tsx';
import { say } from '../../../words/text.ts';
import { yamlOfSync } from '../../../words/yaml.ts';
import { DestinationPart } from './destination-part.tsx';
import { FieldsPart } from './fields-part.tsx';
import { Ground, type GroundWords } from './ground.tsx';
import { SafetyPart } from './safety-part.tsx';
import { SourcePart } from './source-part.tsx';
import { type After, TryPart } from './try-part.tsx';
import { useColumns } from './use-columns.ts';
import { WhenPart } from './when-part.tsx';

interface SyncEditorProps {
  /** Of its draft. */
  readonly name: string;
  readonly saved: Settings;
  /** 0: it is new. */
  readonly version: number;
  /** What is done once it is saved. */
  readonly done?: (id: string, next: After) => unknown;
}

// The API reads it, and says what is wrong with it: it need not be right to be sent.
const asBody = (settings: Settings) => settings as unknown as SyncSettings;

const validate = async (settings: Settings, signal: AbortSignal) =>
  given(await api.POST('/syncs/validate', { body: asBody(settings), signal })).warnings;

const splitOf = ({ version, status: _, warnings: __, ...settings }: Sync) => ({
  settings: settings satisfies Settings,
  version,
});

export function SyncEditor({ name, saved, version, done = () => undefined }: SyncEditorProps) {
  const draft = useDraft(name, saved, version);
  const told = useSaid(draft.now, validate);
  const after = useRef<After>('look');
  const words = useRef<GroundWords>({});
  const saving = useSaving(name, draft, words, (id) => done(id, after.current));
  const isReadOnly = useHindrance(true) === say('act.readOnly');
  const columns = useColumns(draft);
  const isNew = version === 0;
  const said = saving.refused ?? told;
  const save = (next: After) => {
    after.current = next;
    const enabled = isNew ? next === 'on' : draft.now['enabled'];
    saving.saveAs({ ...draft.now, enabled: enabled ?? true }, draft.version);
  };
  return (
    <Form draft={draft} said={said} isReadOnly={isReadOnly}>
      <DraftBar
        draft={draft}
        said={said}
        isPending={saving.isPending}
        verb={say(isNew ? 'syncForm.draft' : 'syncForm.save')}
        save={() => save('look')}
        yaml={yamlOfSync(draft.now)}
        kind="sync"
      />
      {saving.failure && <Failure error={saving.failure} />}
      <Ground
        said={saving.refused}
        id={String(draft.get('/id'))}
        go={(next) => {
          words.current = next;
          save(after.current);
        }}
      />
      {saving.clash && (
        <Conflict
          thing={String(draft.get('/id'))}
          draft={draft}
          theirs={saving.clash.settings}
          version={saving.clash.version}
          close={saving.settle}
          settled={saving.saveAs}
        />
      )}
      <div className="two">
        <div className="stack">
          <SourcePart isNew={isNew} columns={columns} />
          <DestinationPart />
          <WhenPart />
        </div>
        <div className="stack">
          <FieldsPart columns={columns.data} isNew={isNew} />
          <SafetyPart />
        </div>
      </div>
      {isNew && <TryPart said={said} isPending={saving.isPending} save={save} />}
      <Leaving draft={draft} />
    </Form>
  );
}

function useSaving(
  name: string,
  draft: ReturnType<typeof useDraft>,
  words: { current: GroundWords },
  done: (id: string) => unknown,
) {
  const queries = useQueryClient();
  const put = async (settings: Settings, from: number) => {
    const id = String(settings['id'] ?? '');
    const header = from === 0 ? { 'if-none-match': '*' } : { 'if-match': `"${from}"` };
    const answer = await api.PUT('/syncs/{id}', {
      params: { path: { id: id === '' ? '-' : id }, header, query: words.current },
      body: asBody(settings),
    });
    words.current = {};
    const found = given(answer);
    if ('dryRun' in found) throw new Error('It was not to be saved.');
    queries.setQueryData(syncQuery(id).queryKey, found);
    return splitOf(found);
  };
  const read = async () => {
    const id = String(draft.now['id']);
    return splitOf(given(await api.GET('/syncs/{id}', { params: { path: { id } } })));
  };
  return useSave({
    name,
    draft,
    put,
    read,
    done: async ({ settings }) => {
      await queries.invalidateQueries({ queryKey: syncsQuery.queryKey });
      await queries.invalidateQueries({ queryKey: ['audit'] });
      await done(String(settings['id']));
    },
  });
}
