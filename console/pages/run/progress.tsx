/** A run that is open: where it is, how fast, and what it waits for. Waiting and working look different. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useRef, useState } from 'react';
import { api, given } from '../../api/client.ts';
import type { Run } from '../../api/schema.d.ts';
import { allOf } from '../../fare/counts.ts';
import { Button } from '../../parts/button.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { Mark } from '../../parts/mark.tsx';
import { useNow, When } from '../../parts/when.tsx';
import { Words } from '../../parts/words.tsx';
import { exact } from '../../words/numbers.ts';
import { say, sayOf } from '../../words/text.ts';
import { duration, relative } from '../../words/times.ts';
import { Jobs } from './jobs.tsx';

const phases = ['planning', 'deleting', 'upserting', 'closing'] as const;
type Phase = (typeof phases)[number];

export function Progress({ run, link = false }: { run: Run; link?: boolean }) {
  const now = useNow();
  if (run.phase === 'closed') return null;
  const at = (phases as readonly string[]).indexOf(run.phase);
  const isWaiting = run.waiting !== undefined || run.jobs !== undefined;
  const what = sayOf('task', run.task.full ? 'full' : run.task.kind);
  return (
    <section className="panel progress" data-waiting={isWaiting}>
      <div className="row row-wide">
        <p className="row">
          <Mark state={isWaiting ? 'waiting' : 'running'} word={sayOf('phase', run.phase)} chip />
          <span className="strong">{what}</span>
          <span className="muted number">{duration(now - Date.parse(run.startedAt))}</span>
          {link && (
            <Link to="/syncs/$sync/runs/$run" params={{ sync: run.sync, run: run.id }}>
              {say('progress.open')}
            </Link>
          )}
        </p>
        <Cancel run={run} />
      </div>
      <ol className="steps">
        {phases.map((each, place) => (
          <Step
            key={each}
            run={run}
            phase={each}
            is={place < at ? 'over' : place === at ? 'now' : 'later'}
          />
        ))}
      </ol>
      <p className="hidden-text" role="status">
        {say('progress.phase', { phase: sayOf('phase', run.phase) })}
      </p>
      {run.jobs && !run.waiting && <Jobs jobs={run.jobs} now={now} />}
      {run.waiting && <Waiting run={run} waiting={run.waiting} now={now} />}
    </section>
  );
}

interface StepProps {
  readonly run: Run;
  readonly phase: Phase;
  readonly is: 'over' | 'now' | 'later';
}

function Step({ run, phase, is }: StepProps) {
  const { progress } = run;
  const counted = is === 'now' && progress?.phase === phase ? progress : undefined;
  const { all = 0, done = 0 } = counted?.records ?? {};
  const share = is === 'over' ? 1 : all > 0 ? done / all : 0;
  return (
    <li data-is={is}>
      <span className="step-name">
        {sayOf('phase', phase)}
        {is === 'over' && ' ✓'}
      </span>
      <progress className="bar" max={1} value={is === 'now' && !counted ? undefined : share}>
        {sayOf('phase', phase)}
      </progress>
      {counted && (
        <span className="muted small number">
          {counted.requests
            ? say('progress.requests', {
                done: exact(counted.requests.done),
                n: counted.requests.all,
              })
            : say('progress.chunks', { done: exact(counted.settled), n: counted.chunks })}
          <Rate records={counted.records} />
        </span>
      )}
    </li>
  );
}

const steadyMs = 30_000;

/** Of what this page has seen; time left is told only after half a minute, and rounded up. */
function Rate({ records: { all, done } }: { records: { all: number; done: number } }) {
  const began = useRef({ at: Date.now(), done });
  const passed = Date.now() - began.current.at;
  const sent = done - began.current.done;
  if (sent < 1 || passed < 1_000) return null;
  const perSecond = sent / (passed / 1_000);
  const rate = say('progress.rate', { n: Math.max(1, Math.round(perSecond)) });
  if (passed < steadyMs) return ` · ${rate}`;
  const left = Math.ceil((all - done) / perSecond / 60) * 60_000;
  return ` · ${rate} · ${say('progress.left', { span: duration(left) })}`;
}

interface WaitingProps {
  readonly run: Run;
  readonly waiting: NonNullable<Run['waiting']>;
  readonly now: number;
}

function Waiting({ run, waiting, now }: WaitingProps) {
  const left = unsent(run);
  return (
    <div className="note" data-tone="waiting">
      <p>
        <strong>
          <Words text="waiting.since" values={{ at: <When at={waiting.since} as="moment" /> }} />
        </strong>{' '}
        {waiting.reason}
      </p>
      <p>
        <Words
          text="waiting.next"
          values={{
            next: <When at={waiting.nextAt} as="second" />,
            in: relative(Date.parse(waiting.nextAt), now),
            until: <When at={waiting.until} as="moment" />,
          }}
        />{' '}
        {left !== undefined && say('waiting.left', { n: left })}
      </p>
    </div>
  );
}

/** Planned changes that have no outcome yet; undefined where nothing is told. */
const unsent = ({ counts }: Run): number | undefined =>
  counts &&
  counts.insert.unsent + counts.reinsert.unsent + counts.update.unsent + counts.delete.unsent;

function Cancel({ run }: { run: Run }) {
  const [asks, setAsks] = useState(false);
  const queries = useQueryClient();
  const cancel = useMutation({
    mutationFn: async () =>
      given(
        await api.POST('/syncs/{id}/runs/{run}/cancel', {
          params: { path: { id: run.sync, run: run.id } },
        }),
      ),
    onSuccess: () => queries.invalidateQueries(),
  });
  const changes = run.counts
    ? allOf(run.counts.insert) +
      allOf(run.counts.reinsert) +
      allOf(run.counts.update) +
      allOf(run.counts.delete)
    : undefined;
  return (
    <>
      <Button acts onPress={() => setAsks(true)}>
        {say('cancel.do')}
      </Button>
      <Confirm
        title={say('cancel.title')}
        verb={changes === undefined ? say('cancel.do') : say('cancel.verb', { n: changes })}
        isOpen={asks}
        close={() => setAsks(false)}
        act={() => cancel.mutateAsync()}
      >
        <p>{say('cancel.what')}</p>
      </Confirm>
    </>
  );
}
