/** No text that a run, an alert or a list carries grows with what it tells of, and its mend is still at its end. */
import { expect, test } from 'vitest';
import { Alert } from '../../shared/contracts/alert.ts';
import type { Run } from '../../shared/contracts/run.ts';
import { AlertSettings } from '../../shared/contracts/sync.ts';
import { usualTask } from '../../shared/contracts/task.ts';
import { FaultTally } from '../../shared/domain/plan/fault-tally.ts';
import { alertOfEnd } from '../../shared/domain/run/alert.ts';
import { capped, mostCharacters } from '../../shared/domain/words/capped.ts';
import { SnapshotError, summarise } from '../../shared/domain/words/errors.ts';
import { columnMissing, columnsDiffer } from '../../shared/duckdb/snapshot-errors.ts';
import fc from '../fast-check.ts';

test('a text keeps its beginning and its end, and says how much went', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.integer({ min: 120, max: 400 }),
      (text, most) => {
        const short = capped(text, most);
        expect(short.length).toBeLessThanOrEqual(most);
        const [, gone = '0'] = /\((\d+) characters left out\)/.exec(short) ?? [];
        if (text.length <= most) expect(short).toBe(text);
        else expect(Number(gone)).toBeGreaterThan(text.length - most);
      },
    ),
  );
});

const columns = Array.from({ length: 1_400 }, (_, i) =>
  `column_${String(i).padStart(5, '0')}_`.padEnd(80, 'x'),
);
const capitals = columns.map((name) => name.toUpperCase());
const part = (object: string, names: readonly string[]) => ({
  object,
  columns: names,
  fromLine: false,
});

test.each([
  [
    '1,400 columns that turned to capitals',
    columnMissing(part('a.parquet', capitals), columns, columns),
  ],
  [
    '1,400 columns that only one file has',
    columnsDiffer(part('a', columns), part('b', capitals), columns),
  ],
  ['an error that says too much', new SnapshotError('any', `${'x'.repeat(300_000)} Mend it.`)],
])('%s: ten hints and a count, and what to do', (_, error) => {
  const { message } = summarise(error);
  expect(message.length).toBeLessThanOrEqual(mostCharacters);
  expect(message).toMatch(/1390 more|left out/);
  expect(message).toMatch(/(mappings of the sync|left behind|Mend it)\.$/);
});

test('an alert fits an event, whatever the run ended with', () => {
  const run: Run = {
    ...{ sync: 'people', id: 'run1', epoch: 1, trigger: 'manual', task: usualTask },
    ...{ phase: 'closed', startedAt: 0, movedAt: 0, closedAt: 0, deadline: 1, attempts: 0 },
  };
  const error = { code: 'any', message: '\u{1f600}'.repeat(100_000) };
  const context = { alerts: AlertSettings.parse({}), succeededAt: undefined };
  const alert = Alert.parse(alertOfEnd(run, { status: 'failed', error }, context));
  expect(Buffer.byteLength(JSON.stringify(alert))).toBeLessThan(65_536);
});

test('a reason is counted under its short form', () => {
  const tally = new FaultTally();
  for (const end of ['a', 'b']) tally.add({ code: 'any', reason: `${'x'.repeat(9_000)}${end}` }, 1);
  for (const { reason } of tally.list()) expect(reason.length).toBeLessThanOrEqual(mostCharacters);
});
