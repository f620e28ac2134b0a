/**
 * How values are brought into the one form that a platform hashes and matches. Opt-in, field by field; the rules
 * follow what the big platforms publish (docs/records.md names each source).
 */
import { z } from 'zod';

/**
 * What becomes of a value the rule cannot read: `refuse` makes the row invalid, so that it shows; `drop` sends
 * the row without the field, as if the export had left it empty, and the run counts it.
 */
const unreadable = z.enum(['refuse', 'drop']).default('refuse');

const country = z
  .string()
  .regex(/^[A-Z]{2}$/, 'use a country code of two capital letters, such as US')
  .optional();

const letters = z.enum(['upper', 'lower']);

export const NormaliseRule = z.discriminatedUnion('rule', [
  /** White space at both ends goes, and invisible characters everywhere, as in every rule. */
  z.strictObject({ rule: z.literal('trim') }),
  z.strictObject({ rule: z.literal('lowercase') }),
  /** All white space goes, lower case. A value needs one `@` between a local part and a host with a dot. */
  z.strictObject({
    rule: z.literal('email'),
    /** At gmail.com and googlemail.com, dots and `+suffix` before the `@` go too. */
    gmail: z.boolean().default(false),
    /** Whether `+suffix` before the `@` goes at every domain. */
    plusSuffix: z.enum(['keep', 'remove']).default('keep'),
    /** `ascii` writes a host of other letters as DNS knows it (`xn--…`). */
    host: z.enum(['keep', 'ascii']).default('keep'),
    unreadable,
  }),
  /** E.164: country code and number, digits only after the `+`. */
  z.strictObject({
    rule: z.literal('phone'),
    /** Country (ISO 3166-1 alpha-2) of numbers written without one; without it those cannot be read. */
    country,
    /** Whether the `+` is kept. */
    plus: z.boolean().default(true),
    unreadable,
  }),
  /** Lower case; letters of any script and accents stay. */
  z.strictObject({
    rule: z.literal('name'),
    /** `keep` keeps punctuation and symbols, typographic ones as their ASCII kin. */
    punctuation: z.enum(['keep', 'remove']).default('remove'),
    /** Between words: as they are, one, or none, as Meta wants its cities. At both ends they always go. */
    spaces: z.enum(['keep', 'collapse', 'remove']).default('collapse'),
    /** Latin letters without their accents: `são` becomes `sao`. Letters of other scripts stay. */
    ascii: z.boolean().default(false),
  }),
  /** A calendar day; a time after it is cut off as written, without a change of time zone. */
  z.strictObject({
    rule: z.literal('date'),
    /** Order of a numeric date that does not begin with its four-digit year. `ymd`: read only where one order is possible. */
    reads: z.enum(['ymd', 'dmy', 'mdy']).default('ymd'),
    writes: z.enum(['YYYYMMDD', 'YYYY-MM-DD', 'YYYY', 'MM', 'DD']).default('YYYYMMDD'),
    unreadable,
  }),
  /** ISO 3166-1 alpha-2, from a code, a number, an ISO 3166-2 code, or a name in one of 77 languages. */
  z.strictObject({ rule: z.literal('country'), writes: letters.default('upper'), unreadable }),
  /** In the United States, Canada and Australia the post's code; elsewhere lower case without punctuation and spaces. */
  z.strictObject({
    rule: z.literal('state'),
    country,
    writes: letters.default('lower'),
    unreadable,
  }),
  /** `f` or `m`. Everything else cannot be read. */
  z.strictObject({ rule: z.literal('gender'), writes: letters.default('lower'), unreadable }),
  /** Without spaces and dashes; in the United States the first five digits. */
  z.strictObject({
    rule: z.literal('postcode'),
    country,
    writes: letters.default('lower'),
    /** Of a British one: all of it, or area, district and sector, without the last two letters. */
    british: z.enum(['whole', 'sector']).default('whole'),
    unreadable,
  }),
]);
export type NormaliseRule = z.infer<typeof NormaliseRule>;

const ruleNames = [
  'trim',
  'lowercase',
  'email',
  'phone',
  'name',
  'date',
  'country',
  'state',
  'gender',
  'postcode',
] as const;

const mend = `use one of ${ruleNames.join(', ')}, an object such as {"rule": "phone", "country": "US"}, or a list of up to 4 of these`;

/** A rule's name stands for the rule with its defaults. */
const NamedOrRule = z.union(
  [z.enum(ruleNames).transform((rule) => NormaliseRule.parse({ rule })), NormaliseRule],
  { error: mend },
);

/** One rule, or several that are applied in order. */
export const Normalise = z.union(
  [NamedOrRule.transform((rule) => [rule]), z.array(NamedOrRule).min(1).max(4)],
  { error: mend },
);
export type Normalise = z.infer<typeof Normalise>;
