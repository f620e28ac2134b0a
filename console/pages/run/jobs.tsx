/** What an open run waits for, where its platform does the work later: how many jobs, since when, until when. */
import type { Run } from '../../api/schema.d.ts';
import { When } from '../../parts/when.tsx';
import { Words } from '../../parts/words.tsx';
import { say } from '../../words/text.ts';
import { relative } from '../../words/times.ts';

interface JobsProps {
  readonly jobs: NonNullable<Run['jobs']>;
  readonly now: number;
}

export function Jobs({ jobs, now }: JobsProps) {
  return (
    <div className="note" data-tone="waiting">
      <p>
        <strong>{say('jobs.open', { n: jobs.open })}</strong>{' '}
        <Words text="jobs.since" values={{ at: <When at={jobs.since} as="moment" /> }} />{' '}
        {say('jobs.records', { n: jobs.records })}
      </p>
      <p>
        <Words
          text="jobs.next"
          values={{
            next: <When at={jobs.nextAt} as="second" />,
            in: relative(Date.parse(jobs.nextAt), now),
            until: <When at={jobs.until} as="moment" />,
          }}
        />
      </p>
    </div>
  );
}
