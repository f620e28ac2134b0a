/** What holds a run back, who is told of what, and what is kept. */
import { ChoiceControl, NumberControl, TickControl } from '../../../edit/controls.tsx';
import { useForm } from '../../../edit/form.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { say, sayOf } from '../../../words/text.ts';

const retentions = [1, 3, 7, 14, 30, 60, 90, 180, 365] as const;
const logKeys = ['plain', 'hmac'] as const;

export function SafetyPart() {
  const { draft, isReadOnly } = useForm();
  const canary = draft.get('/canary');
  return (
    <Panel title={say('part.safety')}>
      <h3>{say('safety.guards')}</h3>
      <p className="muted small">{say('safety.guardsWhat')}</p>
      <div className="fields">
        <NumberControl
          at="/guards/deletesShare"
          label={say('safety.deletesShare')}
          example="30"
          isShare
        />
        <NumberControl at="/guards/deletesAbove" label={say('safety.deletesAbove')} example="100" />
        <NumberControl
          at="/guards/changesShare"
          label={say('safety.changesShare')}
          example={say('setting.none')}
          isShare
        />
        <NumberControl
          at="/guards/invalidShare"
          label={say('safety.invalidShare')}
          example={say('setting.none')}
          isShare
        />
        <NumberControl
          at="/guards/minimumRows"
          label={say('safety.minimumRows')}
          example={say('setting.none')}
        />
      </div>
      <label className="tick">
        <input
          type="checkbox"
          checked={canary !== undefined}
          aria-disabled={isReadOnly || undefined}
          onChange={({ target }) =>
            !isReadOnly && draft.set('/canary', target.checked ? { records: 100 } : undefined)
          }
        />
        <span>{say('safety.canary')}</span>
      </label>
      {canary !== undefined && (
        <div className="fields">
          <NumberControl at="/canary/records" label={say('safety.canaryRecords')} />
          <NumberControl
            at="/canary/successShare"
            label={say('safety.canaryShare')}
            example="100"
            isShare
          />
        </div>
      )}
      <h3>{say('safety.alerts')}</h3>
      <div className="fields">
        <NumberControl
          at="/alerts/partialShare"
          label={say('safety.partialShare')}
          example="5"
          isShare
        />
        <NumberControl
          at="/alerts/withoutSuccessHours"
          label={say('safety.staleHours')}
          example={say('safety.staleUsual')}
        />
        <NumberControl at="/deadlineHours" label={say('safety.deadline')} example="12" />
      </div>
      <TickControl at="/retryFailed" label={say('setting.retry')} usual />
      <h3>{say('part.kept')}</h3>
      <div className="fields">
        <ChoiceControl
          at="/observability/logRetentionDays"
          label={say('setting.logs')}
          usual={String(draft.get('/observability/logRetentionDays') ?? 30)}
          choices={retentions.map((days) => [String(days), say('time.days', { n: days })])}
          choose={(days) => draft.set('/observability/logRetentionDays', Number(days))}
        />
        <ChoiceControl
          at="/observability/logKeys"
          label={say('setting.logKeys')}
          usual="plain"
          choices={logKeys.map((each) => [each, sayOf('logKeys', each)])}
        />
        <NumberControl
          at="/observability/snapshotsToRetain"
          label={say('safety.mirrors')}
          example="5"
        />
      </div>
      <TickControl at="/observability/retainLogs" label={say('safety.retainLogs')} usual />
    </Panel>
  );
}
