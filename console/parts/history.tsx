/** A bar a run at equal steps: added and updated up, removed down; what failed has a strip of its own. */

import { useNavigate } from '@tanstack/react-router';
import { scaleBand, scaleLinear } from '@visx/scale';
import { useLayoutEffect, useRef, useState } from 'react';
import type { Bar } from '../fare/history.ts';
import { exact, inSentence } from '../words/numbers.ts';
import { say, sayOf } from '../words/text.ts';
import { utc } from '../words/times.ts';

const wide = 1440;
const gutter = 56;
const strip = 20;
const stepLine = 64;

export function History({ bars, sync }: { bars: readonly Bar[]; sync: string }) {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const shown = bars.slice(window.innerWidth >= wide ? -60 : -30);
  const height = width < 560 ? 160 : 240;
  return (
    <div ref={frame} className="chart">
      {shown.length === 0 ? (
        <p className="muted">{say('history.none')}</p>
      ) : (
        <>
          <Legend />
          {width > 0 && <Bars bars={shown} sync={sync} width={width} height={height} />}
          {width > 0 && <Members bars={shown} width={width} />}
        </>
      )}
    </div>
  );
}

function useWidth(frame: React.RefObject<HTMLDivElement | null>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const element = frame.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [frame]);
  return width;
}

const series = ['added', 'updated', 'removed', 'failed'] as const;

function Legend() {
  return (
    <ul className="legend small muted" aria-hidden="true">
      {series.map((each) => (
        <li key={each} className={`legend-${each}`}>
          {say(`series.${each}`)}
        </li>
      ))}
    </ul>
  );
}

interface BarsProps {
  readonly bars: readonly Bar[];
  readonly sync: string;
  readonly width: number;
  readonly height: number;
}

/** A first run is as high as the others allow: its bar is cut, and its number stands beside it. */
export function ceilingOf(bars: readonly Bar[]): number {
  const ups = bars.map(({ added, updated }) => added + updated).toSorted((a, b) => b - a);
  const [most = 1, second = 0] = ups;
  return Math.max(1, second > 0 && most > 2 * second ? second * 1.4 : most);
}

function Bars({ bars, sync, width, height }: BarsProps) {
  const ceiling = ceilingOf(bars);
  const removed = Math.max(0, ...bars.map((each) => each.removed));
  // Below the line there is room for its own numbers, however few went.
  const floor = Math.min(ceiling * 1.5, Math.max(removed, ceiling * 0.16));
  const plot = height - strip;
  const y = scaleLinear<number>({ domain: [-floor, ceiling], range: [plot - 4, 8], clamp: true });
  const x = scaleBand<string>({
    domain: bars.map(({ run }) => run),
    range: [gutter, width],
    paddingInner: 0.2,
  });
  const step = Math.min(x.bandwidth(), 32);
  const total = bars.reduce((sum, each) => sum + each.added + each.updated + each.removed, 0);
  const label = say('history.label', {
    n: bars.length,
    changes: exact(total),
    failed: exact(bars.reduce((sum, each) => sum + each.failed, 0)),
  });
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      {[ceiling, 0, ...(removed > 0 ? [-floor] : [])].map((tick) => (
        <g key={tick}>
          <line x1={gutter} x2={width} y1={y(tick)} y2={y(tick)} className="chart-axis" />
          <text x={gutter - 8} y={y(tick) + 4} textAnchor="end" className="chart-text">
            {inSentence(Math.round(Math.abs(tick)))}
          </text>
        </g>
      ))}
      <text x={gutter - 8} y={height - 6} textAnchor="end" className="chart-text">
        {say('series.failed')}
      </text>
      {bars.map((bar) => (
        <Column
          key={bar.run}
          bar={bar}
          sync={sync}
          x={(x(bar.run) ?? gutter) + (x.bandwidth() - step) / 2}
          step={step}
          y={y}
          ceiling={ceiling}
          foot={height}
        />
      ))}
    </svg>
  );
}

interface ColumnProps {
  readonly bar: Bar;
  readonly sync: string;
  readonly x: number;
  readonly step: number;
  readonly y: (value: number) => number;
  readonly ceiling: number;
  readonly foot: number;
}

function Column({ bar, sync, x, step, y, ceiling, foot }: ColumnProps) {
  const navigate = useNavigate();
  const { added, updated, removed, failed, state } = bar;
  const isCut = added + updated > ceiling;
  const top = y(Math.min(ceiling, added + updated));
  const middle = y(Math.min(ceiling, added));
  const shape = state === 'held' ? 'Ⅱ' : state === 'failed' ? '✕' : undefined;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table beside it has the same as links
    <g
      className="chart-column"
      onClick={() =>
        void navigate({ to: '/syncs/$sync/runs/$run', params: { sync, run: bar.run } })
      }
    >
      <title>{tipOf(bar)}</title>
      <rect x={x} y={0} width={step} height={foot} className="chart-hit" />
      <rect
        x={x}
        y={middle}
        width={step}
        height={Math.max(0, y(0) - middle)}
        className="chart-added"
      />
      <rect
        x={x}
        y={top}
        width={step}
        height={Math.max(0, middle - top - (updated > 0 && added > 0 ? 1 : 0))}
        className="chart-updated"
      />
      <rect
        x={x}
        y={y(0) + 1}
        width={step}
        height={Math.max(removed > 0 ? 1 : 0, y(-removed) - y(0) - 1)}
        className="chart-removed"
      />
      {isCut && (
        <>
          <path
            d={`M${x - 2} ${y(ceiling) + 12} l${step + 4} -6 v4 l${-step - 4} 6 z`}
            className="chart-break"
          />
          <text x={x + step + 4} y={y(ceiling) + 8} className="chart-text">
            {inSentence(added + updated)}
          </text>
        </>
      )}
      {shape !== undefined && (
        <text x={x + step / 2} y={y(0) - 6} textAnchor="middle" className={`chart-mark-${state}`}>
          {shape}
        </text>
      )}
      {failed > 0 && (
        <text x={x + step / 2} y={foot - 5} textAnchor="middle" className="chart-mark-failed">
          ×
        </text>
      )}
    </g>
  );
}

const tipOf = ({ at, state, added, updated, removed, failed }: Bar) =>
  say('history.tip', {
    at: utc(at, Date.now()),
    state: sayOf('state', state ?? ''),
    added: exact(added),
    updated: exact(updated),
    removed: exact(removed),
    failed: exact(failed),
  });

/** Members after each run, as steps. */
function Members({ bars, width }: { bars: readonly Bar[]; width: number }) {
  const told = bars.filter(({ members }) => members !== undefined);
  if (told.length < 2) return null;
  const values = told.map(({ members = 0 }) => members);
  const most = Math.max(...values);
  const least = Math.min(...values);
  const y = scaleLinear<number>({
    domain: least === most ? [most - 1, most + 1] : [least, most],
    range: [stepLine - 8, 8],
  });
  const step = (width - gutter) / told.length;
  const path = values
    .map((value, place) => {
      const at = gutter + place * step;
      return `${place === 0 ? 'M' : 'L'}${at} ${y(value)} h${step}`;
    })
    .join(' ');
  const label = say('members.label', {
    from: exact(values[0] ?? 0),
    to: exact(values.at(-1) ?? 0),
  });
  return (
    <svg width={width} height={stepLine} role="img" aria-label={label}>
      <text x={gutter - 8} y={y(most) + 4} textAnchor="end" className="chart-text">
        {inSentence(most)}
      </text>
      {least !== most && (
        <text x={gutter - 8} y={y(least) + 4} textAnchor="end" className="chart-text">
          {inSentence(least)}
        </text>
      )}
      <path d={path} className="chart-line" />
    </svg>
  );
}
