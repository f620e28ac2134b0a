/**
 * How values are brought into the one form that a platform hashes and matches. Opt-in, field by field; the rules
 * follow what the big platforms publish (docs/records.md names each source).
 */
import { z } from 'zod';

/**
 * What becomes of a value the rule cannot read: `refuse` makes the row invalid, so that it shows; `drop` sends
 * the row without the field, as if the export had left it empty.
 */
const unreadable = z.enum(['refuse', 'drop']).default('refuse');

export const NormaliseRule = z.discriminatedUnion('rule', [
  /** White space at both ends goes. */
  z.strictObject({ rule: z.literal('trim') }),
  z.strictObject({ rule: z.literal('lowercase') }),
  /** All white space goes, lower case. A value needs one `@` with text on both sides. */
  z.strictObject({
    rule: z.literal('email'),
    /** At gmail.com and googlemail.com, dots and `+suffix` before the `@` go too. */
    gmail: z.boolean().default(false),
    /** Whether `+suffix` before the `@` goes at every domain. */
    plusSuffix: z.enum(['keep', 'remove']).default('keep'),
    unreadable,
  }),
  /** E.164: country code and number, digits only after the `+`. */
  z.strictObject({
    rule: z.literal('phone'),
    /** Country (ISO 3166-1 alpha-2) of numbers written without one; without it those cannot be read. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'use a country code of two capital letters, such as US')
      .optional(),
    /** Whether the `+` is kept. */
    plus: z.boolean().default(true),
    unreadable,
  }),
  /** Lower case without punctuation and symbols; letters of any script and accents stay. */
  z.strictObject({
    rule: z.literal('name'),
    /** `keep` leaves one space between words; `remove` none, as Meta wants its cities. */
    spaces: z.enum(['keep', 'remove']).default('keep'),
  }),
  /** A calendar day; a time after it is cut off as written, without a change of time zone. */
  z.strictObject({
    rule: z.literal('date'),
    /** Order of a date that does not begin with its four-digit year. `ymd`: such dates cannot be read. */
    reads: z.enum(['ymd', 'dmy', 'mdy']).default('ymd'),
    writes: z.enum(['YYYYMMDD', 'YYYY-MM-DD', 'YYYY', 'MM', 'DD']).default('YYYYMMDD'),
    unreadable,
  }),
  /** ISO 3166-1 alpha-2, from alpha-2, alpha-3 or the English name. */
  z.strictObject({
    rule: z.literal('country'),
    writes: z.enum(['upper', 'lower']).default('upper'),
    unreadable,
  }),
]);
export type NormaliseRule = z.infer<typeof NormaliseRule>;

const ruleNames = ['trim', 'lowercase', 'email', 'phone', 'name', 'date', 'country'] as const;

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
