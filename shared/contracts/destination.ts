/** A destination: how to call one platform's API. */
import { z } from 'zod';
import { Authentication, SecretName, Signature } from './authentication.ts';
import { BodyKind, HttpMethod, RuleSource } from './call.ts';
import { Job } from './job.ts';
import { Exact, Id, JsonScalar } from './json.ts';
import { Session } from './session.ts';

export const HashType = z.enum(['NONE', 'SHA256', 'SHA512', 'MD5']);
export type HashType = z.infer<typeof HashType>;

/**
 * What a record without a value of a field says: nothing (`omit`: leaving it out is enough for the platform), `null`, an
 * empty text or list, or not even the innermost list item that holds the field (`omit-item`).
 */
export const WhenEmpty = z.union([
  z.enum(['omit', 'omit-item', '']),
  z.null(),
  z.array(z.string()).length(0),
]);
export type WhenEmpty = z.infer<typeof WhenEmpty>;

/**
 * What a value is sent as: a text, a JSON number, `true` or `false`, the seconds or milliseconds since 1970, or a date
 * such as `2026-11-29`. A value that cannot be is told, and its record is not sent.
 */
export const FieldCast = z.enum([
  'text',
  'number',
  'boolean',
  'epochSeconds',
  'epochMillis',
  'date',
]);
export type FieldCast = z.infer<typeof FieldCast>;

/** What the author of a destination says of one field of a template. */
export const FieldSettings = z.strictObject({
  /** Must be mapped, and hold a value in each record. */
  required: z.boolean().default(false),
  /** Takes a literal from the sync instead of a column. */
  static: z.boolean().default(false),
  /** Values go out hashed; the sync's `hashPersonalData` says whether they are hashed here or come so. */
  hash: HashType.default('NONE'),
  /** Where it is not given, the field is left out, and a run tells of values that went away without a word to the platform. */
  whenEmpty: WhenEmpty.optional(),
  /** Where it is not given, a value is sent as it is. */
  as: FieldCast.optional(),
});
export type FieldSettings = z.infer<typeof FieldSettings>;

/** Of a field of which nothing is said. */
export const usualField: FieldSettings = FieldSettings.parse({});

/** What an answer says of its request and records: JSONata expressions, each at most 8 KB. See docs/response-rules.md. */
export const ResponseRuleSources = z.strictObject({
  /** Whether a 2xx is a success at all: true or false. */
  success: RuleSource.optional(),
  /** Which records the platform did not take, whatever the status. */
  failed: RuleSource.optional(),
  /** Of a 2xx, how many or which records were matched. */
  matched: RuleSource.optional(),
  /** Whether the platform means later, whatever the status: true, or the seconds to wait. */
  retry: RuleSource.optional(),
  /** Whether it does not accept the credentials, whatever the status: they are renewed once, then the run stops. */
  credentials: RuleSource.optional(),
  /** Whether it is so already, whatever the status: the records count as delivered. */
  done: RuleSource.optional(),
  /** Of a 2xx, by which ids of its own the platform knows the records. */
  ids: RuleSource.optional(),
});
export type ResponseRuleSources = z.infer<typeof ResponseRuleSources>;

/** One kind of request. */
export const Action = z.strictObject({
  method: HttpMethod.default('POST'),
  /**
   * Path below the base URL, which may have a query. `{{connection.name}}` is replaced by one encoded segment or query value; so
   * is `{{record.FIELD}}` where `batchSize` is 1, and `{{records.FIELD}}` in the query by those of all records, with commas.
   */
  path: z.string().min(1).max(2_048),
  /** Records a request holds at most. */
  batchSize: z.number().int().min(1).max(5_000).default(5_000),
  /** What the body is written as. */
  bodyKind: BodyKind.default('json'),
  /** JSONata template of the body, at most 32 KB; left out where `bodyKind` is `none`. */
  body: z.string().max(32_768).default(''),
  fields: z.record(z.string(), FieldSettings).default({}),
  /** Without them the status decides. */
  responseRules: ResponseRuleSources.optional(),
  /** The platform does the work later, as a job: until that is over, nobody knows what became of the records. */
  job: Job.optional(),
});
export type Action = z.infer<typeof Action>;

/** What the answers of a lookup mean. */
const LookupRuleSources = ResponseRuleSources.pick({ retry: true, credentials: true }).extend({
  /** Whether a 2xx is an answer to the question at all: what is silent must not mean that nobody is there. */
  success: RuleSource,
  /** By which ids the platform knows which of the records; it lacks those that are not named. */
  ids: RuleSource,
  /** Whether the platform knows none of the records, whatever the status: true or false. */
  none: RuleSource.optional(),
});

/** Asks for the platform's ids of records whose update or delete names `platformId`. */
export const Lookup = Action.omit({ job: true }).extend({
  responseRules: LookupRuleSources,
  /** What it means that the platform has several ids for one record: that it is told and nothing is sent, or that all are meant. */
  several: z.enum(['error', 'all']).default('error'),
  /**
   * Seconds in which a member who was added may not be found yet. One who is to be removed and was not found stays uncertain
   * where the sync's last run is no longer ago.
   */
  lagSeconds: z.number().int().min(0).max(86_400).default(0),
});
export type Lookup = z.infer<typeof Lookup>;

/** The word that stands for the platform's id of a record, in bodies and paths. */
export const platformId = 'platformId';

export const DestinationInput = z.strictObject({
  id: Id,
  name: z.string().min(1).max(200),
  baseUrl: z.string().max(2_048),
  headers: z.record(z.string(), z.string().max(8_192)).default({}),
  authentication: Authentication.default({ type: 'none' }),
  /** Requests are signed where it is given. */
  signature: Signature.optional(),
  /** Where the secret values of authentication and signature lie. The destination's id where it is not given. */
  secret: SecretName.optional(),
  /** Bodies are compressed, for platforms that take `Content-Encoding: gzip`. */
  gzip: z.boolean().default(false),
  actions: z.strictObject({
    insert: Action.optional(),
    /** `insert`: updates use the add configuration, and share its requests. */
    update: z.union([Action, z.literal('insert')]).optional(),
    delete: Action.optional(),
    lookup: Lookup.optional(),
  }),
  /** Around the requests of a phase: removals, and then additions and changes. */
  sessions: z
    .strictObject({ deleting: Session.optional(), upserting: Session.optional() })
    .optional(),
  /** Lanes: requests under way at once. */
  concurrency: z.number().int().min(1).max(50).default(1),
  /** Over all lanes together; none means as fast as the answers come. */
  requestsPerSecond: Exact.positive().max(10_000).optional(),
  /**
   * What a refused request of several records means. `bisect`: it is cut in halves until the bad records stand
   * alone, for platforms that take a record twice. `fail`: all of them are refused.
   */
  onRefusal: z.enum(['bisect', 'fail']).default('bisect'),
  /** A delete of one record (`batchSize` 1) that is answered 404 or 410 has reached its end. */
  deleteMissingIsDelivered: z.boolean().default(true),
  /** Requests in a row without an answer or with 5xx after which sending to the destination pauses. */
  circuitAfter: z.number().int().min(1).max(1_000).default(20),
  /** MiB of an answer that are read; response rules see no longer one. */
  answerMiB: z.number().int().min(1).max(32).default(4),
  /** Whole time one request may take. */
  timeoutSeconds: z.number().int().min(1).max(120).default(30),
});
export type DestinationInput = z.infer<typeof DestinationInput>;

/** A destination as saved: each save counts the version up by one. */
export const Destination = DestinationInput.extend({ version: z.number().int().positive() });
export type Destination = z.infer<typeof Destination>;

export type ActionName = 'insert' | 'update' | 'delete';
export const actionNames = ['insert', 'update', 'delete'] as const satisfies ActionName[];

/** All that requests are made for: what changes members, and what only asks. */
export type RequestName = ActionName | 'lookup';
export const requestNames = [...actionNames, 'lookup'] as const satisfies RequestName[];

/** The configuration an action uses, with "use the add configuration" resolved; undefined where it is missing. */
export function actionOf<Name extends RequestName>(
  actions: Destination['actions'],
  name: Name,
): { readonly uses: Name | 'insert'; readonly action: Action } | undefined {
  const action = actions[name];
  if (action === undefined) return undefined;
  if (action !== 'insert') return { uses: name, action };
  return actions.insert && { uses: 'insert', action: actions.insert };
}

/** Whether the destination learns the platform's ids, so that `platformId` is the platform's word. */
export const learnsIds = ({ insert, update, lookup }: Destination['actions']): boolean =>
  [insert, update, lookup].some(
    (action) => typeof action === 'object' && action.responseRules?.ids !== undefined,
  );

/** Static values and connection values a sync gives. */
export const ConnectionValues = z.record(z.string(), JsonScalar);
export type ConnectionValues = Readonly<z.infer<typeof ConnectionValues>>;
