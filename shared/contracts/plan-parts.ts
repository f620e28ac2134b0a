/** A plan that is made in parts, as far as it is: what one turn leaves for the next. */
import { z } from 'zod';
import { Counts, ReasonCount } from './counts.ts';
import { Count, Instant } from './json.ts';
import { ObjectContent } from './mirror.ts';
import { SendPhase } from './run.ts';

const byPhase = z.strictObject({ deleting: Count, upserting: Count });

/** What the planners of some parts counted. */
export const PlannedSoFar = z.strictObject({
  chunks: byPhase,
  planned: Counts.pick({ insert: true, reinsert: true, update: true, delete: true }),
  faults: z.array(ReasonCount),
  dropped: z.array(ReasonCount),
  refresh: Count,
  adopted: Count,
  invalidRecords: Count,
  kept: Count,
  held: Count,
  repeated: Count,
});
export type PlannedSoFar = z.infer<typeof PlannedSoFar>;

const none = () => ({ delivered: 0, rejected: 0, uncertain: 0, unsent: 0, invalid: 0 });

export const nothingPlanned = (): PlannedSoFar => ({
  chunks: { deleting: 0, upserting: 0 },
  planned: { insert: none(), reinsert: none(), update: none(), delete: none() },
  faults: [],
  dropped: [],
  refresh: 0,
  adopted: 0,
  invalidRecords: 0,
  kept: 0,
  held: 0,
  repeated: 0,
});

const cell = z.union([
  z.strictObject({
    column: z.string(),
    form: z.enum(['text', 'whole', 'unsigned', 'decimal', 'boolean', 'date', 'uuid']),
  }),
  z.strictObject({ constant: z.string().nullable() }),
]);

/** What a column is declared as, in Hive's words. */
export const ColumnType = z.union([
  z.enum([
    'boolean',
    'tinyint',
    'smallint',
    'int',
    'bigint',
    'float',
    'double',
    'string',
    'binary',
    'date',
  ]),
  z.templateLiteral(['decimal(', z.number(), ',', z.number(), ')']),
  z.templateLiteral([
    'array<',
    z.enum(['boolean', 'tinyint', 'smallint', 'int', 'bigint', 'string']),
    '>',
  ]),
]);

export type ColumnType = z.infer<typeof ColumnType>;

/** Files of a snapshot that are read alike. */
export const RowGroup = z.strictObject({
  files: z.array(z.strictObject({ object: z.string(), rows: Count })),
  /** Of all columns of the files, since digests depend on them. */
  types: z.string(),
  /** Those of the key and the mapping that the files have. */
  columns: z.array(
    z.strictObject({
      name: z.string(),
      type: ColumnType,
      /** As DuckDB reads it. */
      readAs: z.string(),
      physical: z.string(),
      converted: z.string(),
      logical: z.string(),
    }),
  ),
  /** What the folders say. */
  partitions: z.array(z.tuple([z.string(), z.string().nullable()])),
  /** Of the key, in order. */
  key: z.array(cell),
});
export type RowGroup = z.infer<typeof RowGroup>;

/** A query of a step. */
const Query = z.strictObject({
  /** Tries begun. */
  tries: Count,
  /** Of the try that is under way. */
  id: z.string().optional(),
  /** What it wrote, once it is done. */
  objects: z.array(z.string()).optional(),
});

export const PlanStep = z.enum([
  'asking',
  'handing',
  'planning',
  'comparing',
  'judging',
  'planned',
]);
export type PlanStep = z.infer<typeof PlanStep>;

export const PlanParts = z.strictObject({
  /** Of planning: what it writes lies below its prefix. */
  attempt: z.string(),
  step: PlanStep,
  /** Nobody need look before; a message that comes earlier is one too many. */
  nextAt: Instant,
  /** Parts of the keys. */
  parts: Count,
  groups: z.array(RowGroup),
  lacking: z.array(z.string()),
  /** Of what the raw digests are made, beside the values. */
  seed: z.string(),
  /** Only what the digests do not settle is handed over. */
  isSettled: z.boolean(),
  queries: z.record(z.string(), Query),
  scannedBytes: Count,
  /** Rows with a key, and rows without one, by object. */
  keyed: Count,
  keyless: z.array(z.strictObject({ object: z.string(), rows: Count })),
  /** Parts, or then parts of the identities, that are planned. */
  done: Count,
  /** Of the parts that are planned, together. */
  handed: z.strictObject({ rows: Count, entries: Count, duplicate: Count, invalid: Count }),
  soFar: PlannedSoFar,
  chunks: z.array(
    z.strictObject({ phase: SendPhase, chunk: Count, changes: Count, requests: Count }),
  ),
  /** Objects of the plan, by the part of their keys. */
  plans: z.array(z.array(ObjectContent.extend({ location: z.string() }))),
  /** Objects of what is proposed, and of the entries those are about, by the part. */
  proposals: z.array(z.strictObject({ part: Count, proposals: z.string(), leaving: z.string() })),
  proposed: Count,
  /** Parts of the identities. */
  identityParts: Count,
  /** Failures of this attempt. */
  failures: Count,
});
export type PlanParts = z.infer<typeof PlanParts>;
