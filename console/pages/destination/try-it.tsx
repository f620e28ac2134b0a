/** Really sends one record, which is shown and named before; then the whole exchange. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Send } from 'lucide-react';
import { Suspense, useState } from 'react';
import { api, given } from '../../api/client.ts';
import type { Exchange } from '../../api/schema.d.ts';
import { Code } from '../../edit/code-control.tsx';
import type { Draft } from '../../edit/draft.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Failure } from '../../parts/panel.tsx';
import { RequestView } from '../../parts/request-view.tsx';
import { Select } from '../../parts/select.tsx';
import { say, sayOf } from '../../words/text.ts';
import { type ActionName, actionNames, isActionName, useAction } from './actions.tsx';
import { rowsOf } from './sample-rows.ts';

interface TryItProps {
  readonly draft: Draft;
  readonly syncs: readonly string[];
}

export function TryIt({ draft, syncs }: TryItProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button icon={Send} acts onPress={() => setOpen(true)}>
        {say('try.open')}
      </Button>
      <Dialog title={say('try.title')} isOpen={isOpen} close={() => setOpen(false)} as="sheet">
        <Body draft={draft} syncs={syncs} />
      </Dialog>
    </>
  );
}

function Body({ draft, syncs }: TryItProps) {
  const id = String(draft.get('/id'));
  const [shown] = useAction();
  const [action, setAction] = useState<ActionName>(shown);
  const [sync, setSync] = useState(syncs[0] ?? '');
  const [typed, setTyped] = useState<string>();
  const sample = useQuery({
    queryKey: ['sample row', id, action, sync],
    queryFn: async () => {
      const body = { destination: id, action, records: 1, ...(sync !== '' && { sync }) };
      return given(await api.POST('/preview', { body })).sample ?? [];
    },
    gcTime: 60_000,
  });
  const text = typed ?? JSON.stringify(sample.data?.[0] ?? {}, undefined, 2);
  const read = rowsOf(text);
  const [row] = read.ok ? read.rows : [];
  const attempt = useMutation({
    mutationFn: async () =>
      given(
        await api.POST('/destinations/{id}/try', {
          params: { path: { id } },
          body: { action, row: row ?? {}, confirm: id, ...(sync !== '' && { sync }) },
        }),
      ),
  });
  return (
    <div className="stack">
      <p>{say('try.what', { platform: String(draft.get('/name')) })}</p>
      {draft.changed.length > 0 && (
        <p className="note" data-tone="partly">
          {say('try.saved')}
        </p>
      )}
      <div className="row">
        <Select
          label={say('preview.action')}
          value={action}
          choices={actionNames.map((each) => [each, say(`action.${each}`)])}
          choose={(next) => isActionName(next) && setAction(next)}
        />
        {syncs.length > 0 && (
          <Select
            label={say('preview.from')}
            value={sync}
            choices={[...syncs.map((each) => [each, each] as const), ['', say('preview.madeUp')]]}
            choose={(next) => {
              setSync(next);
              setTyped(undefined);
            }}
          />
        )}
      </div>
      <Suspense fallback={<span className="block code-waits" />}>
        <Code label={say('try.record')} value={text} change={setTyped} isPlain />
      </Suspense>
      {!read.ok && <p className="told-problem">{read.error}</p>}
      <div className="row actions-end">
        <Button
          icon={Send}
          look="danger"
          acts
          isDisabled={row === undefined}
          isPending={attempt.isPending}
          onPress={() => attempt.mutate()}
        >
          {say('try.send', { platform: String(draft.get('/name')) })}
        </Button>
      </div>
      {attempt.error && <Failure error={attempt.error} />}
      {attempt.data && <Came exchange={attempt.data} />}
    </div>
  );
}

function Came({ exchange }: { exchange: Exchange }) {
  const { request, answer, outcome, reason, milliseconds } = exchange;
  return (
    <section className="stack" aria-live="polite">
      <p className="row">
        <Mark state={outcome} word={sayOf('outcome', outcome)} chip />
        {answer && <span className="number">HTTP {answer.status}</span>}
        <span className="muted number">{milliseconds} ms</span>
      </p>
      {reason !== undefined && <p>{reason}</p>}
      {answer && <pre>{answer.body === '' ? say('try.emptyAnswer') : answer.body}</pre>}
      <RequestView request={request} note={say('try.note')} />
    </section>
  );
}
