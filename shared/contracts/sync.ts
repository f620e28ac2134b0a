/** A sync: one audience kept equal at one destination. */
import { z } from 'zod';
import { BucketName } from './bucket-name.ts';
import { ConnectionValues } from './destination.ts';
import { Exact, Id, JsonScalar } from './json.ts';
import { Normalise } from './normalise.ts';
import { Schedule } from './schedule.ts';

export const SnapshotFormat = z.enum(['parquet', 'csv', 'ndjson']);
export type SnapshotFormat = z.infer<typeof SnapshotFormat>;

/** How a snapshot shows that it is complete. */
const Completeness = z.discriminatedUnion('by', [
  /** By a marker where one exists or ever existed for this sync, else settled. */
  z.strictObject({
    by: z.literal('auto'),
    settledSeconds: z.number().int().min(0).max(86_400).default(60),
  }),
  /** By a `_SUCCESS` object, or a manifest that lists the files, not older than they are. */
  z.strictObject({ by: z.literal('marker') }),
  /** By rest: no object is younger than this. */
  z.strictObject({
    by: z.literal('settled'),
    settledSeconds: z.number().int().min(0).max(86_400).default(60),
  }),
]);

/** A key of S3 is the prefix and a name: https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
const maxPrefixBytes = 1_000;

const asFolder = (prefix: string) =>
  prefix === '' || prefix.endsWith('/') ? prefix : `${prefix}/`;

/** How the text of CSV files is to be read. */
export const CsvDialect = z.strictObject({
  delimiter: z.string().length(1).default(','),
  quote: z.string().length(1).default('"'),
  /** Before a quote within quotes. @default the quote itself, doubled */
  escape: z.string().length(1).optional(),
  /** Unquoted cells that stand for null, beside the empty one: `\\N`, `NULL`. */
  null: z.array(z.string().min(1).max(40)).max(10).default([]),
  /** UTF-16 needs its byte order mark. */
  encoding: z.enum(['utf-8', 'utf-16', 'windows-1252', 'latin1']).default('utf-8'),
});
export type CsvDialect = z.infer<typeof CsvDialect>;

export const Source = z.strictObject({
  bucket: BucketName,
  /** A folder: `exports/customers/`. A missing last slash is added. */
  prefix: z
    .string()
    .refine(
      (prefix) => new TextEncoder().encode(asFolder(prefix)).length <= maxPrefixBytes,
      `use a shorter prefix: with its last slash it takes at most ${maxPrefixBytes} bytes in UTF-8, as keys of S3 end at 1,024`,
    )
    .transform(asFolder),
  /** `auto` goes by the objects' names. */
  format: z.union([SnapshotFormat, z.literal('auto')]).default('auto'),
  /** `overwrite`: every export replaces the objects below the prefix. `folders`: each has its own folder there. */
  layout: z.enum(['overwrite', 'folders']).default('overwrite'),
  /** Of the folders: the one that was completed last, or the one whose name is the greatest. */
  newest: z.enum(['completed', 'name']).default('completed'),
  completeness: Completeness.default({ by: 'auto', settledSeconds: 60 }),
  csv: CsvDialect.default(CsvDialect.parse({})),
  /** Folders called `country=DE` are columns of the files below them. */
  partitionColumns: z.boolean().default(false),
  /** Of Parquet: binary columns that do not say that they are text are text all the same. */
  binaryAsText: z.boolean().default(false),
  /** All files of a snapshot together, once they are unpacked. */
  maxUnpackedBytes: z
    .number()
    .int()
    .min(1)
    .max(1e12)
    .default(20 * 1_073_741_824),
});
export type Source = z.infer<typeof Source>;

/** How the files of a snapshot are read, apart from where they lie. */
export type Reading = Pick<
  Source,
  'csv' | 'partitionColumns' | 'binaryAsText' | 'maxUnpackedBytes'
>;

/**
 * Where a field of the templates takes its value from. A field that the destination calls static must take a
 * literal; any other may take either.
 */
export const Mapping = z.union([
  z.strictObject({ column: z.string().min(1) }),
  z.strictObject({ value: JsonScalar }),
]);
export type Mapping = z.infer<typeof Mapping>;

/** Days sync logs may be kept: each has a lifecycle rule in the log bucket. */
export const logRetentionDays = [1, 3, 7, 14, 30, 60, 90, 180, 365] as const;

/** What is kept of a run once it is over. */
const Observability = z.strictObject({
  /** Off: of the records of a run only the counts are kept. */
  retainLogs: z.boolean().default(true),
  logRetentionDays: z
    .literal([...logRetentionDays], { error: `use one of ${logRetentionDays.join(', ')} days` })
    .default(30),
  /** Keys in the sync log: as they are, or as a keyed HMAC that is still found by the plain key. */
  logKeys: z.enum(['plain', 'hmac']).default('plain'),
  /** Closed runs whose mirror and plan are kept, newest first. */
  snapshotsToRetain: z.number().int().min(1).max(100).default(5),
});

const Share = Exact.min(0).max(1);

/**
 * What stops a plan before anything of it is sent: the run is held. Shares of the mirror are exempt where nothing is
 * mirrored yet. An empty snapshot over a mirror that has members is always held.
 */
export const Guards = z.strictObject({
  /** Deletes above this share of the mirror, if there are more than `deletesAbove` of them. */
  deletesShare: Share.default(0.3),
  deletesAbove: z.number().int().min(0).default(100),
  /** Rows a snapshot has at least. */
  minimumRows: z.number().int().min(1).optional(),
  /** Invalid rows above this share of the snapshot. */
  invalidShare: Share.optional(),
  /** Changes above this share of the mirror. What is only sent again, because it was uncertain, is no change. */
  changesShare: Share.optional(),
});
export type Guards = z.infer<typeof Guards>;

/** The first records of each sending phase go alone; the rest follows only if enough of them are delivered. */
export const Canary = z.strictObject({
  records: z.number().int().min(1).max(5_000),
  /** Of the records sent, those that must be delivered at least. */
  successShare: Share.default(1),
});
export type Canary = z.infer<typeof Canary>;

export const AlertSettings = z.strictObject({
  /** A partial run alerts where more than this share of its changes was not delivered. */
  partialShare: Share.default(0.05),
  /** Alerts where a run waits for its platform for this long. */
  waitingMinutes: z.number().positive().max(4_320).default(15),
  /**
   * The data counts as stale, and an alert tells it once, where the snapshot that the platform is as of is older than this.
   * Without it: older than two intervals of the schedule, or of the exports where these come more seldom.
   */
  withoutSuccessHours: Exact.positive().max(8_784).optional(),
});
export type AlertSettings = z.infer<typeof AlertSettings>;

export const SyncInput = z.strictObject({
  id: Id,
  name: z.string().min(1).max(200),
  destination: Id,
  audience: z.strictObject({ id: z.string().min(1).max(200), name: z.string().min(1).max(200) }),
  source: Source,
  /** Columns that together name a member. */
  key: z
    .array(z.string().min(1))
    .min(1)
    .max(8)
    .refine((columns) => new Set(columns).size === columns.length, 'name each column once')
    .meta({ uniqueItems: true }),
  /** Field of a template → column of the snapshot, or a literal. */
  mappings: z.record(z.string(), Mapping),
  /** Field → how its value is normalised before hashing. Not applied to values that come already hashed. */
  normalise: z.record(z.string(), Normalise).default({}),
  /**
   * On: the destination's hash of each field is applied, and a value that already looks hashed is refused. Off:
   * values are passed on as they are, and one that does not look hashed is refused where the field has a hash.
   */
  hashPersonalData: z.boolean().default(true),
  /**
   * Fields by which the platform knows people. Where one changes, the old record is removed and the new one added; and
   * nothing is removed that another member has in all of them. Each must be a field of the delete template. Empty: all
   * fields of the delete template that a column fills.
   */
  identity: z.array(z.string().min(1)).max(20).default([]),
  /** Values under `$$.connection`, beside audienceId, audienceName and syncId. */
  connection: ConnectionValues.default({}),
  /** Send what was refused or left uncertain again in the next run. */
  retryFailed: z.boolean().default(true),
  /** A run is partial where more than this share of its changes was refused or left uncertain. */
  partialShare: Share.default(0),
  /** A run still open after this is closed with what it has. */
  deadlineHours: Exact.positive().max(72).default(12),
  schedule: Schedule.default({ type: 'manual' }),
  observability: Observability.default(Observability.parse({})),
  guards: Guards.default(Guards.parse({})),
  canary: Canary.optional(),
  alerts: AlertSettings.default(AlertSettings.parse({})),
  /** Off: its schedule starts no runs; a person still may. */
  enabled: z.boolean().default(true),
});
export type SyncInput = z.infer<typeof SyncInput>;

export const Sync = SyncInput.extend({ version: z.number().int().positive() });
export type Sync = z.infer<typeof Sync>;
