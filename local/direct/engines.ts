/** The adapters that bring DuckDB or a client of HTTP along, loaded when they are first used. */
import type { createFoldEngine } from '../../shared/duckdb/fold-engine.ts';
import type { createPlanEngine } from '../../shared/duckdb/plan-engine.ts';
import type { createPlanReader } from '../../shared/duckdb/plan-reader.ts';
import type { createRecordLog } from '../../shared/duckdb/record-log.ts';
import type { createScrubEngine } from '../../shared/duckdb/scrub-engine.ts';
import type { createSnapshotSampler } from '../../shared/duckdb/snapshot-sample.ts';
import type { createGuardedSender } from '../../shared/http/guarded-sender.ts';
import { later } from './later.ts';

type Of<Create extends (options: never) => unknown> = Parameters<Create>[0];

export const planEngine = (options: Of<typeof createPlanEngine>) =>
  later(async () => (await import('../../shared/duckdb/plan-engine.ts')).createPlanEngine(options));

export const foldEngine = (options: Of<typeof createFoldEngine>) =>
  later(async () => (await import('../../shared/duckdb/fold-engine.ts')).createFoldEngine(options));

export const scrubEngine = (options: Of<typeof createScrubEngine>) =>
  later(async () =>
    (await import('../../shared/duckdb/scrub-engine.ts')).createScrubEngine(options),
  );

export const sampler = (options: Of<typeof createSnapshotSampler>) =>
  later(async () =>
    (await import('../../shared/duckdb/snapshot-sample.ts')).createSnapshotSampler(options),
  );

export const recordLog = (options: Of<typeof createRecordLog>) =>
  later(async () => (await import('../../shared/duckdb/record-log.ts')).createRecordLog(options));

export const planReader = (options: Of<typeof createPlanReader>) =>
  later(async () => (await import('../../shared/duckdb/plan-reader.ts')).createPlanReader(options));

export const sender = (options: Of<typeof createGuardedSender>) =>
  later(async () =>
    (await import('../../shared/http/guarded-sender.ts')).createGuardedSender(options),
  );
