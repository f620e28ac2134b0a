/** The request that the draft makes: made anew once it is valid; until then the last one stays, dimmed. */
import { useQuery } from '@tanstack/react-query';
import { Eye } from 'lucide-react';
import { Suspense, useEffect, useState } from 'react';
import { ApiError, api, given } from '../../api/client.ts';
import type { PreviewRequest, Preview as Shown } from '../../api/schema.d.ts';
import { Code } from '../../edit/code-control.tsx';
import { useForm } from '../../edit/form.tsx';
import { Button } from '../../parts/button.tsx';
import { Failure, Panel } from '../../parts/panel.tsx';
import { RequestView } from '../../parts/request-view.tsx';
import { Select } from '../../parts/select.tsx';
import { bytes } from '../../words/numbers.ts';
import { say } from '../../words/text.ts';
import { actionNames, isActionName, useAction } from './actions.tsx';
import { type Rows, rowsOf } from './sample-rows.ts';
import { useRested } from './use-vocabulary.ts';

const restMs = 600;
const counts = ['1', '5', '20', '100'];

export function Preview({ syncs }: { syncs: readonly string[] }) {
  const { draft } = useForm();
  const [action, go] = useAction();
  const [records, setRecords] = useState('1');
  const [sync, setSync] = useState('');
  const [typed, setTyped] = useState<string>();
  const rows = typed === undefined ? undefined : rowsOf(typed);
  const body: PreviewRequest = {
    destination: draft.now,
    action,
    records: Number(records),
    ...(sync !== '' && { sync }),
    ...(rows?.ok && { rows: [...rows.rows] }),
  };
  const { query, last } = usePreview(useRested(body, restMs));
  usePreviewKey(() => void query.refetch());
  const isStale = query.isError;
  return (
    <Panel
      title={say('preview.title')}
      actions={
        <>
          <Select
            label={say('preview.action')}
            value={action}
            choices={actionNames.map((each) => [each, say(`action.${each}`)])}
            choose={(next) => isActionName(next) && go(next)}
          />
          <Select
            label={say('preview.records')}
            value={records}
            choices={counts.map((each) => [each, say('preview.count', { n: Number(each) })])}
            choose={setRecords}
          />
          <Select
            label={say('preview.from')}
            value={sync}
            choices={[['', say('preview.madeUp')], ...syncs.map((each) => [each, each] as const)]}
            choose={(next) => {
              setSync(next);
              setTyped(undefined);
            }}
          />
        </>
      }
    >
      {isStale && <Why error={query.error} hasLast={last !== undefined} />}
      {last && (
        <div className={isStale ? 'preview dimmed' : 'preview'}>
          <RequestView request={last} note={sentNote(last)} />
          <ul className="bullets small">
            {last.notSent.map(({ index, code, reason }) => (
              <li key={`${index} ${code}`}>{say('preview.notSent', { n: index + 1, reason })}</li>
            ))}
          </ul>
        </div>
      )}
      <Sample
        sample={last?.sample}
        typed={typed}
        error={rows?.ok === false ? rows.error : undefined}
        change={setTyped}
      />
      <div className="row actions-end">
        <Button icon={Eye} isPending={query.isFetching} onPress={() => void query.refetch()}>
          {say('preview.fetch')}
        </Button>
      </div>
    </Panel>
  );
}

function usePreview(body: PreviewRequest) {
  const [last, setLast] = useState<Shown>();
  const query = useQuery({
    queryKey: ['preview', body],
    queryFn: async ({ signal }) => given(await api.POST('/preview', { body, signal })),
    gcTime: 60_000,
  });
  const { data } = query;
  useEffect(() => {
    if (data) setLast(data);
  }, [data]);
  return { query, last };
}

function usePreviewKey(fetch: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey)) return;
      event.preventDefault();
      fetch();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  });
}

/** What the form says already is not said twice. */
function Why({ error, hasLast }: { error: unknown; hasLast: boolean }) {
  if (!(error instanceof ApiError) || error.problems.length === 0) return <Failure error={error} />;
  const elsewhere = error.problems.filter(({ pointer }) => !pointer.startsWith('/destination'));
  return (
    <div className="note" data-tone="partly" role="status">
      <p>{say(hasLast ? 'preview.before' : 'preview.none')}</p>
      <ul className="bullets small">
        {elsewhere.map(({ message, path }) => (
          <li key={message}>
            {path !== '' && <code>{path}</code>} {message}
          </li>
        ))}
      </ul>
    </div>
  );
}

const sentNote = ({ sent, notSent, body }: Shown) =>
  say('preview.sent', {
    n: sent.length,
    out: notSent.length,
    size: bytes(new TextEncoder().encode(body ?? '').length),
  });

interface SampleProps {
  readonly sample: Rows | undefined;
  readonly typed: string | undefined;
  readonly error: string | undefined;
  readonly change: (text: string | undefined) => void;
}

/** In memory alone, and only while it is looked at. */
function Sample({ sample = [], typed, error, change }: SampleProps) {
  const [isOpen, setOpen] = useState(false);
  const text = typed ?? JSON.stringify(sample, undefined, 2);
  return (
    <details className="sample" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>{say('preview.sample')}</summary>
      {isOpen && (
        <div className="stack">
          <Suspense fallback={<span className="block code-waits" />}>
            <Code
              label={say('preview.sample')}
              value={text}
              change={change}
              isInvalid={error !== undefined}
              isPlain
            />
          </Suspense>
          {error !== undefined && <p className="told-problem">{error}</p>}
          {typed !== undefined && (
            <div className="row">
              <Button onPress={() => change(undefined)}>{say('preview.reset')}</Button>
            </div>
          )}
        </div>
      )}
    </details>
  );
}
