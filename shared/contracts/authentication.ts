/**
 * How requests prove who sends them. A configuration names what is needed and holds no secret: all secret values
 * of a destination lie in one secret of the secret store, read when a request is sent.
 */
import { z } from 'zod';

const Word = z.string().min(1).max(2_048);

/** An assertion that a service account signs (RFC 7523); its audience is the token URL where none is given. */
const Assertion = z.strictObject({
  algorithm: z.enum(['RS256', 'ES256']).default('RS256'),
  /** `kid` of its header, where the authorization server wants to know which key. */
  keyId: Word.optional(),
  /** Whom the account acts for. The client where it is not given. */
  subject: Word.optional(),
  audience: Word.optional(),
});

/** Where the access token goes: a header with a scheme before it, or a parameter of the query. */
const TokenPlace = z.union([
  z.strictObject({
    header: z.string().min(1).max(128).default('authorization'),
    /** Before the token, with a space; empty for none. */
    scheme: z.string().max(64).default('Bearer'),
  }),
  z.strictObject({
    query: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/, 'use letters, digits, ., _ and -'),
  }),
]);

/** Of the parameter of a token request. `{{secret.NAME}}` is a value of the secret. */
const Parameters = z.record(z.string().regex(/^[A-Za-z0-9._-]{1,64}$/), Word);

export const OAuth2 = z.strictObject({
  type: z.literal('oauth2'),
  /** Where the token is asked for; https. */
  tokenUrl: Word,
  clientId: Word,
  /** Scopes, with spaces between. */
  scope: Word.optional(),
  /** Asked for by some authorization servers beside the scope. */
  audience: Word.optional(),
  /**
   * `clientCredentials` (`clientSecret`); `refreshToken` (`refreshToken`, and `clientSecret` unless `clientAuthentication` is
   * `none`), a rotated one is stored before what it was given with is used; `jwtBearer` (`privateKey`).
   */
  grant: z.enum(['clientCredentials', 'refreshToken', 'jwtBearer']).default('clientCredentials'),
  /**
   * Where the client's id and secret go: the Authorization header, or the form (RFC 6749, section 2.3.1); `none` sends the id
   * in the form and no secret.
   */
  clientAuthentication: z.enum(['basic', 'body', 'none']).default('basic'),
  /** More of the form that asks for a token, such as `account_id`; a value may be `{{secret.NAME}}`. */
  parameters: Parameters.default({}),
  /** Of `jwtBearer`. */
  assertion: Assertion.optional(),
  /** Where the token goes. `Authorization: Bearer …` where it is not given. */
  tokenPlace: TokenPlace.optional(),
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
  /** `clientSecret`, `refreshToken` or `privateKey`, as its grant says. */
  OAuth2,
]);
export type Authentication = z.infer<typeof Authentication>;

/** HMAC with `signingKey`; without more, SHA-256 in hex over the timestamp (epoch seconds), a full stop and the body as sent. */
export const Signature = z.strictObject({
  header: z.string().min(1).max(128).default('x-signature'),
  /** null: the timestamp goes out in no header of its own. */
  timestampHeader: z.string().min(1).max(128).nullable().default('x-signature-timestamp'),
  algorithm: z.enum(['sha1', 'sha256', 'sha512']).default('sha256'),
  encoding: z.enum(['hex', 'base64', 'base64url']).default('hex'),
  timestamp: z.enum(['seconds', 'milliseconds', 'iso']).default('seconds'),
  /**
   * What is signed: text with `{{timestamp}}`, `{{method}}`, `{{host}}`, `{{path}}` (with the query), `{{body}}` and
   * `{{bodyHash}}` (the body's SHA-256 in hex).
   */
  signs: z.string().min(1).max(1_024).default('{{timestamp}}.{{body}}'),
  /** What the header says: text with `{{signature}}` and `{{timestamp}}`. */
  value: z.string().min(1).max(1_024).default('{{signature}}'),
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
  refreshToken: NewValue,
  privateKey: NewValue,
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
  refreshToken: make('refreshToken'),
  privateKey: make('privateKey'),
});

/** Of a URL: scheme, host, and a port that is not the usual one. */
const Origin = z
  .string()
  .max(300)
  .refine(
    (text) => URL.parse(text)?.origin === text,
    'use an origin, such as https://api.example.com, without a path',
  );
const Origins = z.array(Origin).min(1).max(20);

/** Whom a secret is for: the destination, and the origins that its values may go to. */
export const SecretBinding = z.object({ destination: z.string().min(1), origins: Origins });
export type SecretBinding = z.infer<typeof SecretBinding>;

/** What is said to set a secret. */
export const SecretSettings = SecretChanges.extend({
  /**
   * Origins that the values may go to, such as `https://api.example.com`: of the base URL and the token URL as they are, or
   * also as they will be. Those that the destination has now where they are left out.
   */
  origins: Origins.optional(),
});
export type SecretSettings = z.infer<typeof SecretSettings>;

/** What a secret may hold: one JSON object. Other fields are none of ours. */
export const SecretValues = z.object({
  ...bySecretField(() => Text.optional()),
  boundTo: SecretBinding.optional(),
});
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
  oauth2: {
    secret: 'clientSecret',
    sends: '`Authorization: Bearer …`, or where `tokenPlace` says, with a fetched token',
  },
};
