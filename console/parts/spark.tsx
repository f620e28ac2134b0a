/** Changes of the last runs in a word's width: added and updated up, removed down, and a mark where it failed. */
import { scaleLinear } from '@visx/scale';
import type { Bar } from '../fare/history.ts';
import { say } from '../words/text.ts';

const width = 96;
const height = 24;
const shown = 20;

export function Spark({ bars }: { bars: readonly Bar[] }) {
  const all = bars.slice(-shown);
  if (all.length === 0) return <span className="muted">—</span>;
  const most = Math.max(1, ...all.map(({ added, updated }) => added + updated));
  const least = Math.max(0, ...all.map(({ removed }) => removed));
  const scale = scaleLinear<number>({ domain: [-least, most], range: [height - 1, 1] });
  const step = width / shown;
  const heightOf = (value: number) => (value === 0 ? 0 : Math.max(1, value));
  const total = all.reduce((sum, each) => sum + each.added + each.updated + each.removed, 0);
  return (
    <svg
      width={width}
      height={height}
      role="img"
      aria-label={say('spark.label', { n: all.length, changes: total })}
    >
      <line x1={0} x2={width} y1={scale(0)} y2={scale(0)} className="chart-axis" />
      {all.map((bar, place) => {
        const x = width - (all.length - place) * step;
        const up = heightOf(scale(0) - scale(bar.added + bar.updated));
        const down = heightOf(scale(-bar.removed) - scale(0));
        return (
          <g key={bar.run}>
            <rect x={x} y={scale(0) - up} width={step - 1} height={up} className="chart-added" />
            <rect x={x} y={scale(0)} width={step - 1} height={down} className="chart-removed" />
            {(bar.failed > 0 || bar.state === 'failed') && (
              <circle cx={x + step / 2 - 0.5} cy={2} r={1.5} className="chart-failed" />
            )}
          </g>
        );
      })}
    </svg>
  );
}
