/** When runs start by themselves, in words, with the next five times. */
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { api, given } from '../../../api/client.ts';
import type { TimesQuestion } from '../../../api/schema.d.ts';
import { ChoiceControl, TextControl, TickControl } from '../../../edit/controls.tsx';
import { useForm } from '../../../edit/form.tsx';
import { isSettings, type Settings } from '../../../edit/pointer.ts';
import { Panel } from '../../../parts/panel.tsx';
import { When } from '../../../parts/when.tsx';
import { say, sayOf } from '../../../words/text.ts';
import { useRested } from '../../destination/use-vocabulary.ts';

const everies = ['5m', '10m', '15m', '30m', '1h', '3h', '6h', '12h', '24h'] as const;
const kinds = ['manual', 'basic', 'cron'] as const;
const begun: Readonly<Record<string, Settings>> = {
  manual: { type: 'manual' },
  basic: { type: 'basic', every: '6h', from: '00:00' },
  cron: { type: 'cron', expression: '0 6 * * *' },
};

export function WhenPart() {
  const { draft } = useForm();
  const type = String(draft.get('/schedule/type') ?? 'manual');
  return (
    <Panel title={say('part.when')}>
      <div className="fields">
        <ChoiceControl
          at="/schedule/type"
          label={say('when.type')}
          usual="manual"
          choices={kinds.map((each) => [each, sayOf('scheduleKind', each)])}
          choose={(next) => draft.set('/schedule', begun[next])}
        />
        {type === 'basic' && (
          <>
            <ChoiceControl
              at="/schedule/every"
              label={say('when.every')}
              choices={everies.map((each) => [each, sayOf('every', each)])}
            />
            <TextControl at="/schedule/from" label={say('when.from')} example="00:00" isOptional />
          </>
        )}
        {type === 'cron' && (
          <TextControl
            at="/schedule/expression"
            label={say('when.expression')}
            hint={say('when.expressionHint')}
            isCode
          />
        )}
        {type !== 'manual' && (
          <TextControl
            at="/schedule/timeZone"
            label={say('when.zone')}
            example="UTC"
            suggestions={Intl.supportedValuesOf('timeZone')}
            isOptional
          />
        )}
      </div>
      {type !== 'manual' && <Times />}
      {draft.version > 0 && (
        <TickControl
          at="/enabled"
          label={say('when.enabled')}
          hint={say('when.enabledHint')}
          usual
        />
      )}
    </Panel>
  );
}

function Times() {
  const { draft } = useForm();
  const value = draft.get('/schedule');
  const schedule = useRested(isSettings(value) ? value : {});
  const { data, error } = useQuery({
    queryKey: ['times', schedule],
    queryFn: async ({ signal }) => {
      // The API says what is wrong with it.
      const asked = schedule as unknown as TimesQuestion['schedule'];
      return given(await api.POST('/syncs/times', { body: { schedule: asked, count: 5 }, signal }));
    },
    placeholderData: keepPreviousData,
  });
  if (error || !data) return null;
  return (
    <section className="stack stack-tight">
      <h3>{say('setting.next')}</h3>
      {data.times.length === 0 && <p className="muted">{say('when.never')}</p>}
      <ul className="bullets">
        {data.times.map((at) => (
          <li key={at}>
            <When at={at} as="moment" />
          </li>
        ))}
      </ul>
    </section>
  );
}
