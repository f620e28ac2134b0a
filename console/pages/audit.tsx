/** Who changed what, and when. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { auditQuery } from '../api/queries.ts';
import type { AuditEntry } from '../api/schema.d.ts';
import { More } from '../parts/more.tsx';
import { Empty, Panel, WhenAsked } from '../parts/panel.tsx';
import { type Column, Table } from '../parts/table.tsx';
import { When } from '../parts/when.tsx';
import { useTitle } from '../shell/shell.tsx';
import { say, sayOf } from '../words/text.ts';

export function Audit() {
  useTitle(say('nav.audit'));
  const { thing } = useSearch({ from: '/audit' });
  const navigate = useNavigate({ from: '/audit' });
  const audit = useInfiniteQuery(auditQuery(thing));
  const items = audit.data?.pages[0]?.items ?? [];
  // A look at members is in the list, and is no change.
  const newest = items.find(({ what }) => what !== 'members-read');
  return (
    <div className="stack stack-wide">
      <header className="stack stack-tight">
        <h1>
          {newest === undefined
            ? say('audit.title')
            : say('audit.verdict', {
                who: newest.who,
                what: sayOf('audit', newest.what),
                thing: newest.thing,
              })}
        </h1>
        <p className="muted">
          {newest && <When at={newest.at} as="moment" />} {say('audit.kept')}
        </p>
      </header>
      <Panel
        title={thing === undefined ? say('audit.title') : say('audit.of', { thing })}
        flush
        actions={
          thing !== undefined && (
            <button
              type="button"
              className="button"
              onClick={() => void navigate({ search: {}, replace: true })}
            >
              {say('act.clear')}
            </button>
          )
        }
      >
        <WhenAsked query={audit} rows={8}>
          {({ pages }) => {
            const rows = pages.flatMap(({ items }) => items);
            return rows.length === 0 ? (
              <Empty title={say(thing === undefined ? 'audit.none' : 'empty.noMatch')} />
            ) : (
              <Table
                label={say('audit.title')}
                rows={rows}
                columns={columns}
                idOf={({ id }) => id}
              />
            );
          }}
        </WhenAsked>
        <More query={audit} />
      </Panel>
    </div>
  );
}

const columns: readonly Column<AuditEntry>[] = [
  { name: 'at', head: say('column.when'), narrow: 'lead', cell: ({ at }) => <When at={at} /> },
  { name: 'who', head: say('column.who'), cell: ({ who }) => <code>{who}</code> },
  {
    name: 'what',
    head: say('column.did'),
    narrow: 'lead',
    cell: ({ what, kind }) => `${sayOf('audit', what)} · ${sayOf('kind', kind)}`,
  },
  {
    name: 'thing',
    head: say('column.thing'),
    cell: ({ thing }) => (
      <Link
        to="/audit"
        search={{ thing: thing.split('/')[0] ?? thing }}
        className="quiet-link"
        data-row
      >
        <code>{thing}</code>
      </Link>
    ),
  },
  {
    name: 'changes',
    head: say('column.fields'),
    narrow: 'break',
    cell: ({ changes }) => <Changes changes={changes} />,
  },
];

const shownChanges = 4;

function Changes({ changes }: { changes: AuditEntry['changes'] }) {
  if (changes.length === 0) return <span className="muted">—</span>;
  return (
    <span className="code changes">
      {changes.slice(0, shownChanges).map(changeInWords).join('; ')}
      {changes.length > shownChanges &&
        ` ${say('audit.more', { n: changes.length - shownChanges })}`}
    </span>
  );
}

type Change = AuditEntry['changes'][number];

/** A thing that was made or deleted stands there as a whole, which says no more than that. */
const changeInWords = ({ pointer, before, after }: Change): string =>
  pointer === '' ? say('audit.whole') : `${pointer}: ${shown(before)} → ${shown(after)}`;

const longest = 40;

function shown(value: unknown): string {
  if (value === undefined) return '—';
  const text = JSON.stringify(value);
  return text.length > longest ? `${text.slice(0, longest)}…` : text;
}
