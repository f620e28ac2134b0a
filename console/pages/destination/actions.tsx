/** What is sent to add, update and remove: method, path, body, fields, and what the answer means. */
import { useNavigate, useSearch } from '@tanstack/react-router';
import { CodeControl } from '../../edit/code-control.tsx';
import { ChoiceControl, NumberControl, TextControl, TickControl } from '../../edit/controls.tsx';
import { useForm } from '../../edit/form.tsx';
import { nearest } from '../../edit/places.ts';
import { isSettings, type Settings } from '../../edit/pointer.ts';
import { Panel } from '../../parts/panel.tsx';
import { say, sayOf } from '../../words/text.ts';
import { FieldsTable } from './fields-table.tsx';
import { useVocabulary } from './use-vocabulary.ts';

export const actionNames = ['insert', 'update', 'delete'] as const;
export type ActionName = (typeof actionNames)[number];
const methods = ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const;
const bodyKinds = ['json', 'form', 'ndjson', 'none'] as const;
const rules = ['success', 'failed', 'matched', 'retry', 'credentials', 'done'] as const;

export const isActionName = (text: string | undefined): text is ActionName =>
  actionNames.some((each) => each === text);

/** The one that is looked at, which the address names. */
export function useAction(): readonly [ActionName, (next: ActionName) => void] {
  const search: { action?: string } = useSearch({ strict: false });
  const navigate = useNavigate();
  const { action } = search;
  const go = (next: ActionName) =>
    void navigate({
      to: '.',
      search: (before: object) => ({ ...before, action: next }),
      replace: true,
    });
  return [isActionName(action) ? action : 'insert', go];
}

export function Actions() {
  const [chosen, go] = useAction();
  const { said, controls } = useForm();
  const countOf = (name: ActionName) =>
    said.problems.filter(({ pointer }) => pointer.startsWith(`/actions/${name}`)).length;
  const hidden = actionNames.filter((name) => name !== chosen && countOf(name) > 0);
  const unplaced = said.problems.filter(
    ({ pointer }) => /^\/actions$/.test(pointer) && nearest(pointer, controls) === undefined,
  );
  return (
    <Panel title={say('destination.actions')}>
      <div className="tabs" role="tablist" aria-label={say('destination.actions')}>
        {actionNames.map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={name === chosen}
            data-status={name === chosen ? 'active' : undefined}
            data-invalid={hidden.includes(name) || undefined}
            onClick={() => go(name)}
          >
            {say(`action.${name}`)}
            {countOf(name) > 0 && (
              <span className="count-wrong">
                {countOf(name)}
                <span className="hidden-text"> {say('edit.problems', { n: countOf(name) })}</span>
              </span>
            )}
          </button>
        ))}
      </div>
      {unplaced.map(({ message }) => (
        <p key={message} className="told-problem">
          {message}
        </p>
      ))}
      <div className="stack" role="tabpanel" aria-label={say(`action.${chosen}`)}>
        <Kind key={chosen} name={chosen} />
      </div>
    </Panel>
  );
}

const begun: Settings = {
  method: 'POST',
  path: '/audiences/{{connection.audienceId}}/members',
  batchSize: 100,
  body: '{"members": [$$.records.{"email": email}]}',
  fields: { email: { required: true } },
};

/** Whether it is there, and for updates whether they are as adding is. */
function Kind({ name }: { name: ActionName }) {
  const { draft } = useForm();
  const at = `/actions/${name}`;
  const value = draft.get(at);
  const kind = value === undefined ? 'none' : value === 'insert' ? 'insert' : 'own';
  const ways =
    name === 'update' ? (['insert', 'own', 'none'] as const) : (['own', 'none'] as const);
  const choose = (next: string) => {
    if (next === kind) return;
    const add = draft.get('/actions/insert');
    const own = isSettings(add) ? add : begun;
    draft.set(at, next === 'none' ? undefined : next === 'insert' ? 'insert' : own);
  };
  return (
    <>
      <ChoiceControl
        at={at}
        label={say('destination.kind')}
        usual={kind}
        choices={ways.map((each) => [each, sayOf('actionKind', each)])}
        choose={choose}
      />
      {kind === 'own' && <Own at={at} name={name} />}
      {kind === 'insert' && <p className="muted">{say('destination.asAdd')}</p>}
      {kind === 'none' && <p className="muted">{say('destination.noAction')}</p>}
    </>
  );
}

function Own({ at, name }: { at: string; name: ActionName }) {
  const { draft, said } = useForm();
  const { vocabulary, fieldsOf, refresh } = useVocabulary(draft);
  const isRuled = rules.some((rule) => draft.get(`${at}/responseRules/${rule}`) !== undefined);
  const isRuleWrong = said.problems.some(({ pointer }) =>
    pointer.startsWith(`${at}/responseRules`),
  );
  return (
    <>
      <div className="fields action-line">
        <ChoiceControl
          at={`${at}/method`}
          label={say('destination.method')}
          usual="POST"
          choices={methods.map((each) => [each, each])}
        />
        <TextControl at={`${at}/path`} label={say('destination.path')} isCode />
        <NumberControl at={`${at}/batchSize`} label={say('destination.batchSize')} example="5000" />
        <ChoiceControl
          at={`${at}/bodyKind`}
          label={say('destination.bodyKind')}
          usual="json"
          choices={bodyKinds.map((each) => [each, sayOf('bodyKind', each)])}
        />
      </div>
      {draft.get(`${at}/bodyKind`) !== 'none' && (
        <CodeControl
          at={`${at}/body`}
          label={say('destination.body')}
          hint={say('destination.bodyHint')}
          vocabulary={vocabulary}
        />
      )}
      <FieldsTable at={`${at}/fields`} found={fieldsOf(name)} refresh={refresh} />
      <details open={isRuled || isRuleWrong || undefined}>
        <summary>{say('destination.answers')}</summary>
        <div className="stack">
          <p className="muted small">{say('destination.answersWhat')}</p>
          {rules.map((rule) => (
            <TextControl
              key={rule}
              at={`${at}/responseRules/${rule}`}
              label={sayOf('rule', rule)}
              isCode
              isOptional
            />
          ))}
        </div>
      </details>
      {name === 'delete' && (
        <TickControl
          at="/deleteMissingIsDelivered"
          label={say('destination.deleteMissing')}
          usual
        />
      )}
    </>
  );
}
