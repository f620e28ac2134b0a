/** One row of the sample as the platform would get it, and how many of the sample can't be sent and why. */
import { useQuery } from '@tanstack/react-query';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import { api, given } from '../../../api/client.ts';
import type { Columns, PreviewRequest } from '../../../api/schema.d.ts';
import { useForm } from '../../../edit/form.tsx';
import { Button } from '../../../parts/button.tsx';
import { RequestView } from '../../../parts/request-view.tsx';
import { say } from '../../../words/text.ts';
import { useRested } from '../../destination/use-vocabulary.ts';

const restMs = 600;

interface AsSentProps {
  readonly columns: Columns;
  readonly row: number;
  readonly setRow: (row: number) => void;
}

export function AsSent({ columns: { rows }, row, setRow }: AsSentProps) {
  const { draft } = useForm();
  const { enabled: _, ...settings } = draft.now;
  const sync = useRested(settings, restMs);
  const destination = String(sync['destination']);
  const asked = (given: Columns['rows']): PreviewRequest => ({
    destination,
    sync,
    action: 'insert',
    rows: given,
    records: given.length,
  });
  const one = usePreviewOf(asked(rows.slice(row, row + 1)));
  const all = usePreviewOf(asked(rows));
  return (
    <section className="stack" aria-label={say('asSent.title')}>
      <div className="row row-wide">
        <h3>{say('asSent.title')}</h3>
        <span className="row">
          <Button
            icon={ChevronLeft}
            look="quiet"
            label={say('asSent.before')}
            isDisabled={row === 0}
            onPress={() => setRow(row - 1)}
          />
          <span className="number">{say('asSent.row', { n: row + 1, of: rows.length })}</span>
          <Button
            icon={ChevronRight}
            look="quiet"
            label={say('asSent.next')}
            isDisabled={row >= rows.length - 1}
            onPress={() => setRow(row + 1)}
          />
        </span>
      </div>
      {all.data && <LeftOut of={rows.length} notSent={all.data.notSent} />}
      {one.data ? (
        one.data.sent.length > 0 && <RequestView request={one.data} note={say('asSent.note')} />
      ) : (
        <p className="muted">{say('asSent.notYet')}</p>
      )}
    </section>
  );
}

const usePreviewOf = (body: PreviewRequest) =>
  useQuery({
    queryKey: ['preview', body],
    queryFn: async ({ signal }) => given(await api.POST('/preview', { body, signal })),
    gcTime: 60_000,
    staleTime: 60_000,
  });

interface LeftOutProps {
  readonly of: number;
  readonly notSent: readonly { readonly code: string; readonly reason: string }[];
}

/** By reason; values that look hashed already may be sent as they are. */
function LeftOut({ of, notSent }: LeftOutProps) {
  const { draft, isReadOnly } = useForm();
  const reasons = Map.groupBy(notSent, ({ reason }) => reason);
  if (reasons.size === 0) return <p className="told-well">{say('asSent.all', { n: of })}</p>;
  const isHashed = notSent.some(({ code }) => code === 'field-already-hashed');
  return (
    <div className="note" data-tone="partly">
      {[...reasons].map(([reason, rows]) => (
        <p key={reason}>{say('asSent.leftOut', { n: rows.length, of, reason })}</p>
      ))}
      {isHashed && (
        <div className="row">
          <Button isDisabled={isReadOnly} onPress={() => draft.set('/hashPersonalData', false)}>
            {say('asSent.asItIs')}
          </Button>
        </div>
      )}
    </div>
  );
}
