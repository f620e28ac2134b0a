/** What a dry run found: what would be sent, how long it would take, and the first requests as they would go. */
import { useQuery } from '@tanstack/react-query';
import { reportQuery } from '../../api/queries.ts';
import type { DryRunReport, Run } from '../../api/schema.d.ts';
import { Panel, WhenAsked } from '../../parts/panel.tsx';
import { RequestView } from '../../parts/request-view.tsx';
import { bytes } from '../../words/numbers.ts';
import { say } from '../../words/text.ts';
import { duration } from '../../words/times.ts';

export function Report({ run }: { run: Run }) {
  const report = useQuery(reportQuery(run.sync, run.id));
  return (
    <Panel title={say('report.title')}>
      <WhenAsked query={report} rows={4}>
        {(found) => <Found report={found} />}
      </WhenAsked>
    </Panel>
  );
}

function Found({ report: { estimate, guards, samples } }: { report: DryRunReport }) {
  const { insert, update, delete: removed } = estimate.requests;
  const requests = insert + update + removed;
  return (
    <>
      <p>
        {say('report.estimate', {
          n: requests,
          size: bytes(estimate.bytes),
          span: duration(estimate.minutes * 60_000),
          usd: estimate.usd < 0.01 ? '< 0.01' : estimate.usd.toFixed(2),
        })}
      </p>
      {guards.map(({ code, message }) => (
        <div key={code} className="note" data-tone="held">
          <p className="strong">{say('report.held')}</p>
          <p>{message}</p>
        </div>
      ))}
      {samples.map((sample) => (
        <Sample key={sample.action} sample={sample} />
      ))}
    </>
  );
}

type SampleRequest = DryRunReport['samples'][number];
const actions = { insert: 'add', update: 'update', delete: 'remove' } as const;

function Sample({ sample }: { sample: SampleRequest }) {
  const { action, records } = sample;
  return (
    <details className="sample">
      <summary>
        {say('report.sample', { action: say(`action.${actions[action]}`), n: records })}
      </summary>
      <RequestView request={sample} note={say('report.masked')} />
    </details>
  );
}
