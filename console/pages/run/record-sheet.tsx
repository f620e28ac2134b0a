/** One record: what became of it, why in the platform's own words, and what to do. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { UserSearch } from 'lucide-react';
import { helpQuery, recordQuery } from '../../api/queries.ts';
import type { Record, RecordDetail, Run } from '../../api/schema.d.ts';
import { Button } from '../../parts/button.tsx';
import { Copy } from '../../parts/copy.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Mark } from '../../parts/mark.tsx';
import { Markdown } from '../../parts/markdown.tsx';
import { WhenAsked } from '../../parts/panel.tsx';
import { RequestView } from '../../parts/request-view.tsx';
import { When } from '../../parts/when.tsx';
import { Person } from '../../shell/people-switch.tsx';
import { platformWords } from '../../words/platform-words.ts';
import { say, sayOf, type TextName } from '../../words/text.ts';
import { askForKey } from '../sync/person-form.tsx';

export function RecordSheet({ run, place }: { run: Run; place: string | undefined }) {
  const navigate = useNavigate({ from: '/syncs/$sync/runs/$run' });
  const found = useQuery({
    ...recordQuery(run.sync, run.id, place ?? ''),
    enabled: place !== undefined,
  });
  const key = found.data?.record.key;
  const close = () => void navigate({ search: ({ row: _, ...before }) => before, replace: true });
  return (
    <Dialog
      as="sheet"
      title={key ? <Person>{key}</Person> : say('record.title')}
      isOpen={place !== undefined}
      close={close}
    >
      <WhenAsked query={found} rows={6}>
        {(detail) => <Body run={run} detail={detail} />}
      </WhenAsked>
    </Dialog>
  );
}

function Body({ run, detail }: { run: Run; detail: RecordDetail }) {
  const navigate = useNavigate();
  const { record } = detail;
  const { key, action, outcome, code, reason } = record;
  return (
    <div className="stack">
      <p className="row">
        <Mark state={outcome} chip />
        <span>{sayOf('action', action)}</span>
        <span className="muted">{say('record.tries', { n: record.attempts })}</span>
      </p>
      {reason !== null && (
        <div className="note" data-tone={outcome === 'delivered' ? 'partly' : 'failed'}>
          <p>{reason}</p>
          {code !== null && (
            <Link to="/help/$code" params={{ code }} className="code">
              {code}
            </Link>
          )}
        </div>
      )}
      <Exchange detail={detail} />
      <Facts record={record} />
      <div className="row">
        {key !== null && (
          <Button
            icon={UserSearch}
            onPress={() => {
              askForKey(run.sync, key);
              void navigate({ to: '/syncs/$sync/people', params: { sync: run.sync } });
            }}
          >
            {say('record.person')}
          </Button>
        )}
        <Copy text={() => withoutValues(run, record)}>{say('record.copy')}</Copy>
      </div>
      {code !== null && <Mend code={code} />}
    </div>
  );
}

/** What was said and what came back; the request is made again from what is kept, and says so. */
function Exchange({ detail: { request, none, answer } }: { detail: RecordDetail }) {
  return (
    <>
      {request ? (
        <RequestView request={request} note={say('record.madeAgain')} />
      ) : (
        none && <p className="muted">{none.message}</p>
      )}
      {answer && (
        <section className="stack stack-tight">
          <h3>{say('record.answer')}</h3>
          <pre>{answerOf(answer)}</pre>
        </section>
      )}
    </>
  );
}

/** Its status, and what it said, which stands at the end of our own sentence about it. */
function answerOf({ status, words }: NonNullable<RecordDetail['answer']>): string {
  const said = platformWords(words) ?? words;
  return said === null ? String(status) : `${status}\n\n${said}`;
}

const facts = (record: Record): readonly (readonly [TextName, React.ReactNode])[] => [
  ['record.status', record.httpStatus],
  ['record.first', record.firstAt && <When at={record.firstAt} as="second" />],
  ['record.last', record.lastAt && <When at={record.lastAt} as="second" />],
  ['record.request', record.request && <code>{record.request}</code>],
  ['record.rows', record.rows],
  ['record.file', record.file && <code>{record.file}</code>],
];

function Facts({ record }: { record: Record }) {
  return (
    <dl className="pairs">
      {facts(record).map(([text, value]) => (
        <div key={text}>
          <dt>{say(text)}</dt>
          <dd className="number">{value ?? <span className="muted">—</span>}</dd>
        </div>
      ))}
    </dl>
  );
}

function Mend({ code }: { code: string }) {
  const help = useQuery(helpQuery(code));
  return (
    <section className="stack stack-tight">
      <h3>{say('record.mend')}</h3>
      <WhenAsked query={help} rows={3}>
        {(text) => <Markdown text={text} />}
      </WhenAsked>
    </section>
  );
}

/** For a ticket: nothing of the person goes along. */
function withoutValues(run: Run, { key: _, ...record }: Record): string {
  return JSON.stringify({ sync: run.sync, run: run.id, ...record }, undefined, 2);
}
