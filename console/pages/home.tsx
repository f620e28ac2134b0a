/** Home: is everything up to date, and if not, what needs a person? Then all syncs. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import type { AllSyncs } from '../api/queries.ts';
import { syncsQuery } from '../api/queries.ts';
import type { Unreadable } from '../api/schema.d.ts';
import { byNeed, collator, type Fare, fareOf, needsPerson } from '../fare/fare.ts';
import { needOf } from '../fare/need.ts';
import { oldestData, verdictOf } from '../fare/verdict.ts';
import { Mark } from '../parts/mark.tsx';
import { Name } from '../parts/name.tsx';
import { Empty, Panel, WhenAsked } from '../parts/panel.tsx';
import { Select } from '../parts/select.tsx';
import { useNow, When } from '../parts/when.tsx';
import { Words } from '../parts/words.tsx';
import { useTitle } from '../shell/shell.tsx';
import { say } from '../words/text.ts';
import { relative } from '../words/times.ts';
import { SyncTable } from './sync-table.tsx';

export function Home() {
  useTitle(say('nav.home'));
  const syncs = useQuery(syncsQuery);
  return (
    <WhenAsked query={syncs} rows={6}>
      {(found) => <Found found={found} />}
    </WhenAsked>
  );
}

function Found({ found }: { found: AllSyncs }) {
  const fares = found.items.map(fareOf);
  const needy = fares.filter(({ state }) => needsPerson(state)).toSorted(byNeed);
  return (
    <div className="stack stack-wide">
      <header className="stack stack-tight">
        <h1>{verdictOf(fares, found.unreadable.length)}</h1>
        <DataAge fares={fares} />
      </header>
      {needy.length + found.unreadable.length > 0 && (
        <Needy needy={needy} unreadable={found.unreadable} />
      )}
      {fares.length === 0 ? <NoSync /> : <AllOfThem fares={fares} />}
    </div>
  );
}

function DataAge({ fares }: { fares: readonly Fare[] }) {
  const now = useNow();
  const oldest = oldestData(fares);
  if (oldest?.dataFrom === undefined) return null;
  const values = {
    name: <Name>{oldest.sync.name}</Name>,
    at: <When at={oldest.dataFrom} as="moment" />,
    ago: relative(oldest.dataFrom, now),
  };
  return (
    <p className="muted">
      <Words text={fares.length === 1 ? 'home.data' : 'home.oldestData'} values={values} />
    </p>
  );
}

interface NeedyProps {
  readonly needy: readonly Fare[];
  readonly unreadable: readonly Unreadable[];
}

function Needy({ needy, unreadable }: NeedyProps) {
  const now = useNow();
  return (
    <Panel title={say('home.needsYou')} flush>
      <ul className="needs">
        {unreadable.map(({ id, message }) => (
          <li key={id}>
            <Mark state="unreadable" chip />
            <code className="need-name">{id}</code>
            <span className="need-why">{message}</span>
            <Link to="/help/$code" params={{ code: 'stored-unreadable' }} className="button">
              {say('home.why')}
            </Link>
          </li>
        ))}
        {needy.map((fare, place) => (
          <li key={fare.sync.id} data-state={fare.state}>
            <Mark state={fare.state} chip />
            <span className="need-name">
              <Name>{fare.sync.name}</Name>
              <span className="muted"> → {fare.sync.destination}</span>
            </span>
            <span className="need-why">{needOf(fare, now)}</span>
            <NeedLink fare={fare} isFirst={place === 0} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function NeedLink({ fare: { state, sync }, isFirst }: { fare: Fare; isFirst: boolean }) {
  const { heldRun, openRun, failing, lastRun } = sync.status;
  const run =
    state === 'held' ? heldRun : state === 'waiting' ? openRun : (failing?.run ?? lastRun?.id);
  const text = state === 'held' ? 'home.decide' : state === 'waiting' ? 'home.look' : 'home.why';
  const look = state === 'held' && isFirst ? 'button button-primary' : 'button';
  const label = `${say(text)}: ${sync.name}`;
  if (run === undefined || state === 'stale' || state === 'unreadable') {
    return (
      <Link to="/syncs/$sync" params={{ sync: sync.id }} className={look} aria-label={label}>
        {say(text)}
      </Link>
    );
  }
  return (
    <Link
      to="/syncs/$sync/runs/$run"
      params={{ sync: sync.id, run: state === 'failed' ? (lastRun?.id ?? run) : run }}
      {...(state === 'partial' && { search: { show: 'failed' } })}
      className={look}
      aria-label={label}
    >
      {say(text)}
    </Link>
  );
}

const sorts = {
  need: byNeed,
  name: (one: Fare, other: Fare) => collator.compare(one.sync.name, other.sync.name),
  data: (one: Fare, other: Fare) => (one.dataFrom ?? 0) - (other.dataFrom ?? 0),
  failing: (one: Fare, other: Fare) => (other.failing ?? 0) - (one.failing ?? 0),
} as const;
type Sort = keyof typeof sorts;

const isSort = (text: string | undefined): text is Sort => text !== undefined && text in sorts;

function AllOfThem({ fares }: { fares: readonly Fare[] }) {
  const { q = '', sort } = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const chosen = isSort(sort) ? sort : 'need';
  const wanted = q.trim().toLowerCase();
  const shown = fares
    .filter(({ sync, state }) =>
      [sync.id, sync.name, sync.destination, say(`state.${state}`)].some((each) =>
        each.toLowerCase().includes(wanted),
      ),
    )
    .toSorted(sorts[chosen]);
  const filter = (next: { q?: string; sort?: string }) =>
    void navigate({ search: (before) => ({ ...before, ...next }), replace: true });
  return (
    <Panel
      title={say('home.all', { n: fares.length })}
      flush
      actions={
        <>
          <input
            type="search"
            className="input"
            aria-label={say('home.filter')}
            placeholder={say('home.filter')}
            value={q}
            onChange={(event) => filter({ q: event.target.value })}
          />
          <Select
            label={say('home.sort')}
            value={chosen}
            choices={Object.keys(sorts).map((each) => [each, say(`sort.${each as Sort}`)])}
            choose={(next) => filter({ sort: next })}
          />
          <Link to="/syncs/new" className="button">
            <Plus size={16} strokeWidth={1.75} aria-hidden="true" />
            {say('syncForm.new')}
          </Link>
        </>
      }
    >
      {shown.length === 0 ? (
        <Empty
          title={say('empty.noMatch')}
          action={
            <button type="button" className="button" onClick={() => filter({ q: '' })}>
              {say('act.clear')}
            </button>
          }
        />
      ) : (
        <SyncTable fares={shown} />
      )}
    </Panel>
  );
}

function NoSync() {
  return (
    <Panel title={say('home.first')}>
      <Empty
        title={say('home.firstWhat')}
        action={
          <span className="row">
            <Link to="/destinations/new" className="button button-primary">
              {say('destination.new')}
            </Link>
            <Link to="/syncs/new" className="button">
              {say('syncForm.new')}
            </Link>
          </span>
        }
      >
        {say('home.firstHow')}
      </Empty>
    </Panel>
  );
}
