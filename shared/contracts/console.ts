/** What the console's pages are served with, on a laptop and on AWS; and how they learn where one signs in. */

/** Beside the pages, where an issuer of tokens signs in: `GET /sign-in.json`. */
export const signInFile = 'sign-in.json';

export interface SignInSettings {
  /** Its `/.well-known/openid-configuration` names the addresses. */
  readonly issuer: string;
  readonly clientId: string;
  /** With spaces between; what only reads last, for whoever may do no more. */
  readonly scope: string;
  readonly readScope: string;
}

/**
 * Nothing of others, nothing inline: what a file of ours does not hold, the page can't do.
 * @param asks origins that the pages ask beside their own
 */
export const contentPolicy = (asks: readonly string[] = []): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self'",
    "font-src 'self'",
    ["connect-src 'self'", ...asks].join(' '),
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; ');

export const consoleHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=()',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const;
