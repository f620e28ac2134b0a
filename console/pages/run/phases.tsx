/** How long each phase took, side by side, and what went over the wire. */
import type { Run } from '../../api/schema.d.ts';
import { Panel } from '../../parts/panel.tsx';
import { useNow } from '../../parts/when.tsx';
import { bytes, exact } from '../../words/numbers.ts';
import { say } from '../../words/text.ts';
import { duration } from '../../words/times.ts';

const phases = ['planning', 'deleting', 'upserting', 'closing'] as const;

interface Part {
  readonly phase: (typeof phases)[number];
  readonly ms: number;
}

function partsOf({ times, closedAt }: Run, now: number): Part[] {
  const begun = phases.flatMap((phase) => {
    const at = times[phase];
    return at === undefined ? [] : [{ phase, at: Date.parse(at) }];
  });
  const end = closedAt === undefined ? now : Date.parse(closedAt);
  return begun.map(({ phase, at }, place) => ({
    phase,
    ms: Math.max(0, (begun[place + 1]?.at ?? end) - at),
  }));
}

export function Phases({ run }: { run: Run }) {
  const now = useNow();
  const parts = partsOf(run, now);
  const all = parts.reduce((sum, { ms }) => sum + ms, 0);
  const { sent } = run;
  return (
    <Panel title={say('phases.title')}>
      {parts.length === 0 ? (
        <p className="muted">{say('phases.none')}</p>
      ) : (
        <>
          <div
            className="phases"
            role="img"
            aria-label={parts
              .map(({ phase, ms }) => `${say(`phase.${phase}`)} ${duration(ms)}`)
              .join(', ')}
          >
            {parts.map(({ phase, ms }) => (
              <span key={phase} data-phase={phase} style={{ flexGrow: Math.max(ms, all / 50) }} />
            ))}
          </div>
          <ul className="legend small muted">
            {parts.map(({ phase, ms }) => (
              <li key={phase} className={`legend-${phase}`}>
                {say(`phase.${phase}`)} <span className="number">{duration(ms)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
      {sent && (
        <p className="muted">
          {say('phases.sent', { n: sent.requests })}{' '}
          {say('phases.repeats', { n: sent.retries, repeats: exact(sent.retries) })}{' '}
          {say('phases.bytes', { size: bytes(sent.bytes) })}
        </p>
      )}
    </Panel>
  );
}
