/**
 * How requests prove who sends them. A configuration names what is needed and holds no secret: all secret values
 * of a destination lie in one secret of the secret store, read when a request is sent.
 */
import { z } from 'zod';

const Word = z.string().min(1).max(2_048);

export const OAuth2 = z.strictObject({
  type: z.literal('oauth2'),
  /** Where the token is asked for; https. */
  tokenUrl: Word,
  clientId: Word,
  /** Scopes, with spaces between. */
  scope: Word.optional(),
  /** Asked for by some authorization servers beside the scope. */
  audience: Word.optional(),
  /** Where the client's id and secret go: the Authorization header, or the form (RFC 6749, section 2.3.1). */
  clientAuthentication: z.enum(['basic', 'body']).default('basic'),
});
export type OAuth2 = z.infer<typeof OAuth2>;

/** How requests prove who sends them; each type takes one field of the secret. */
export const Authentication = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('none') }),
  /** `password` */
  z.strictObject({
    type: z.literal('basic'),
    userName: z
      .string()
      .max(256)
      .regex(/^[^:\p{Cc}]+$/u, 'use a user name without colon or control characters'),
  }),
  /** `token` */
  z.strictObject({ type: z.literal('bearer') }),
  /** `apiKey`, sent as it is, so that a scheme before the key is part of it. */
  z.strictObject({ type: z.literal('apiKey'), header: z.string().min(1).max(128) }),
  /** `clientSecret`; the grant is client credentials. */
  OAuth2,
]);
export type Authentication = z.infer<typeof Authentication>;

/** HMAC-SHA256 with `signingKey`, in hex, over the timestamp (epoch seconds), a full stop and the body as sent. */
export const Signature = z.strictObject({
  header: z.string().min(1).max(128).default('x-signature'),
  timestampHeader: z.string().min(1).max(128).default('x-signature-timestamp'),
});
export type Signature = z.infer<typeof Signature>;

/** The name of a secret below the prefix of the stack. */
export const SecretName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_./-]{0,199}$/,
    'use up to 200 letters, digits, hyphens, underscores, full stops and slashes',
  );

const Text = z.string().min(1).max(8_192);
const NewValue = Text.nullable().optional();

/** As `headerValueProblem` has it: what is stored wrong would only be found by a run. */
const NewHeaderValue = Text.regex(
  /^[\x21-\x7e\xa1-\xff]([\t\x20-\x7e\xa0-\xff]*[\x21-\x7e\xa1-\xff])?$/,
  'leave out line breaks, spaces at its ends and characters outside Latin-1',
)
  .nullable()
  .optional();

/**
 * The fields of a secret, and what is to become of their values: left out, a value stays; null takes it away. A new
 * field is a line here and in `bySecretField`.
 */
export const SecretChanges = z.strictObject({
  password: NewValue,
  token: NewHeaderValue,
  apiKey: NewHeaderValue,
  clientSecret: NewValue,
  signingKey: NewValue,
});
export type SecretChanges = z.infer<typeof SecretChanges>;

export const SecretField = SecretChanges.keyof();
export type SecretField = z.infer<typeof SecretField>;
export const secretFields = SecretField.options;

/** The same made for each field. */
export const bySecretField = <T>(make: (field: SecretField) => T): Record<SecretField, T> => ({
  password: make('password'),
  token: make('token'),
  apiKey: make('apiKey'),
  clientSecret: make('clientSecret'),
  signingKey: make('signingKey'),
});

/** What a secret may hold: one JSON object. Other fields are none of ours. */
export const SecretValues = z.object(bySecretField(() => Text.optional()));
export type SecretValues = z.infer<typeof SecretValues>;

/** Of each type of authentication: the field of the secret it takes, and what it makes of it. */
export const authenticationTypes: Readonly<
  Record<
    Authentication['type'],
    { readonly secret: SecretField | undefined; readonly sends: string }
  >
> = {
  none: { secret: undefined, sends: 'nothing' },
  basic: { secret: 'password', sends: '`Authorization: Basic …` (UTF-8)' },
  bearer: { secret: 'token', sends: '`Authorization: Bearer …`' },
  apiKey: {
    secret: 'apiKey',
    sends: 'that header with the field as it is; a scheme before the key is part of it',
  },
  oauth2: { secret: 'clientSecret', sends: '`Authorization: Bearer …` with a fetched token' },
};
