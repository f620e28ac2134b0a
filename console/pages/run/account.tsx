/** The account: rows → members → changes → outcomes. Each line balances, or says that it does not. */
import type { Run } from '../../api/schema.d.ts';
import {
  allOf,
  byAction,
  membersBalance,
  type Outcomes,
  outcomes,
  rowsBalance,
  toSend,
} from '../../fare/counts.ts';
import { Panel } from '../../parts/panel.tsx';
import { Scroll } from '../../parts/scroll.tsx';
import { exact } from '../../words/numbers.ts';
import { say, type TextName } from '../../words/text.ts';
import { Zero } from '../sync-table.tsx';

type Counts = NonNullable<Run['counts']>;

export function Account({ run, counts }: { run: Run; counts: Counts }) {
  const { snapshot, mirror, unchanged, refresh, adopted = 0 } = counts;
  const isPlan = run.phase !== 'closed' || run.status === 'held' || run.task.kind === 'dry-run';
  return (
    <Panel title={say(isPlan ? 'account.plan' : 'account.title')}>
      <Sum
        whole={['account.rows', snapshot.rows]}
        parts={[
          ['account.members', snapshot.members],
          ['account.duplicate', snapshot.duplicate],
          ['account.invalid', snapshot.invalid],
        ]}
        balances={rowsBalance(counts)}
      />
      <Sum
        whole={['account.members', snapshot.members]}
        parts={[
          ['account.unchanged', unchanged],
          ['account.toSend', toSend(counts)],
          ...(refresh > 0 ? [['account.refresh', refresh] as const] : []),
          ...(adopted > 0 ? [['account.adopted', adopted] as const] : []),
        ]}
        balances={membersBalance(counts)}
      />
      <Grid counts={counts} isPlan={isPlan} />
      <p className="muted">
        {say('account.mirror', {
          before: exact(mirror.before),
          after: exact(mirror.after),
          uncertain: exact(mirror.uncertain),
        })}
      </p>
    </Panel>
  );
}

type Term = readonly [TextName, number];

function Sum({
  whole,
  parts,
  balances,
}: {
  whole: Term;
  parts: readonly Term[];
  balances: boolean;
}) {
  const term = ([text, n]: Term) => (
    <span className="term">
      <span className="number strong">{exact(n)}</span>{' '}
      <span className="muted">{say(text, { n })}</span>
    </span>
  );
  return (
    <p className="sum">
      {term(whole)}
      {parts.map((part, place) => (
        <span key={part[0]} className="term">
          <span className="muted"> {place === 0 ? (balances ? '=' : '≠') : '+'} </span>
          {term(part)}
        </span>
      ))}
      {!balances && <strong className="problem">{say('account.unbalanced')}</strong>}
    </p>
  );
}

const rows = ['add', 'update', 'remove'] as const;

/** Of a plan, all that is to be sent is not sent yet; one number says so. */
function Grid({ counts, isPlan }: { counts: Counts; isPlan: boolean }) {
  const by = byAction(counts);
  const ofPlan = ['unsent', 'invalid'] as const;
  // What nothing came to is left out, but for the two that everybody looks for.
  const shown = (isPlan ? ofPlan : outcomes).filter(
    (outcome) =>
      outcome === 'delivered' ||
      outcome === (isPlan ? 'unsent' : 'rejected') ||
      rows.some((row) => by[row][outcome] > 0),
  );
  const all = (each: Outcomes) => allOf(each);
  return (
    <Scroll label={say('account.grid')}>
      <table className="table grid" aria-label={say('account.grid')}>
        <thead>
          <tr>
            <th scope="col">{say('account.change')}</th>
            {shown.map((outcome) => (
              <th key={outcome} scope="col" className="number-cell">
                {say(isPlan && outcome === 'unsent' ? 'account.planned' : `outcome.${outcome}`)}
              </th>
            ))}
            <th scope="col" className="number-cell">
              {say('account.all')}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row}>
              <th scope="row">{say(`action.${row}`)}</th>
              {shown.map((outcome) => (
                <td key={outcome} className="number-cell" data-outcome={outcome}>
                  <Zero value={by[row][outcome]} />
                </td>
              ))}
              <td className="number-cell">
                <Zero value={all(by[row])} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
