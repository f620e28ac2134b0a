/** What the platform can be told to do wrong, as `PUT /faults` takes it. Each telling replaces the one before. */
import { z } from 'zod';

const status = z.int().min(200).max(599);
const milliseconds = z.int().min(0).max(600_000);
/** Seconds, or any printable text: an HTTP date, or nonsense to test a client with. */
const retryAfter = z.union([
  z.int().min(0).max(86_400),
  z.string().regex(/^[\x21-\x7e][\x20-\x7e]{0,99}$/),
]);

/** Parts of an answer that a fault can set. Text as `body` is sent as it is, anything else as JSON. */
const answerParts = {
  status: status.optional(),
  retryAfter: retryAfter.optional(),
  body: z.unknown().optional(),
  /** Whether the members are applied all the same. By default with a 2xx they are, else they are not. */
  apply: z.boolean().optional(),
};

const NAMED_ENTRIES = [
  'ok',
  'drop',
  'drop-before',
  'drop-after',
  'apply-then-drop',
  'hang',
  'drip',
] as const;

const scriptEntry = z.union(
  [
    status,
    z.enum(NAMED_ENTRIES),
    z.strictObject({ ...answerParts, slowMs: milliseconds.optional() }),
  ],
  `expected a status from 200 to 599, one of ${NAMED_ENTRIES.join(', ')}, or an object`,
);

const MODES = ['none', 'slow', 'status', 'drop-before', 'drop-after', 'hang', 'drip'] as const;

export const faultsSchema = z
  .strictObject({
    ...answerParts,
    /** The standing fault: played to every member request that no script entry is left for. */
    mode: z.enum(MODES).default('none'),
    /** Wait before the answer. For `slow` 1,000 if not given; for `drip` the gap between two bytes, 100 if not given. */
    delayMs: milliseconds.optional(),
    /** After so many plays the mode is `none` again. */
    times: z.int().min(1).max(1_000_000).optional(),
    /** The part of requests it is played to, drawn from `seed`: the same seed, the same requests. */
    share: z.number().min(0).max(1).default(1),
    seed: z.int().default(1),
    /** One entry for each member request in order of arrival. */
    script: z.array(scriptEntry).max(10_000).default([]),
    /** A batch with one of these identities is refused whole with 400, without saying which. */
    rejectMembers: z.array(z.string()).max(100_000).default([]),
    /** A larger batch is refused with 413. */
    maxBatch: z.int().min(1).optional(),
    /** Requests without `Authorization: Bearer <this>` are refused with 401. */
    requirePlainBearer: z.string().min(1).optional(),
  })
  .superRefine((faults, context) => {
    if ((faults.mode === 'status') === (faults.status !== undefined)) return;
    const message = 'is given with mode "status", and only then';
    context.addIssue({ code: 'custom', path: ['status'], message });
  });

export type Faults = z.infer<typeof faultsSchema>;
export type ScriptEntry = z.infer<typeof scriptEntry>;

export const NO_FAULTS: Faults = faultsSchema.parse({});
