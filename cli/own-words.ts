/** The API tells mends in the words of HTTP; ours are commands and flags. */

const mends: ReadonlyMap<string, string> = new Map([
  ['resend-offered', 'Send all of them again with audience-mirror run SYNC --full.'],
  [
    'secret-not-set',
    'Name an environment variable that holds it under secretValues and apply again, unless it lies in the secret store already.',
  ],
  [
    'secret-elsewhere',
    'Its values go nowhere else until all of them are given again: name them under secretValues and apply with --secrets.',
  ],
  [
    'secret-unbound',
    'Name its values under secretValues and apply with --secrets; or add "boundTo" to it where it was stored by hand (docs/authentication.md).',
  ],
]);

/** Of a warning, by its code. */
export function inOwnWords(code: string, message: string): string {
  const mend = mends.get(code);
  return mend === undefined ? message : `${withoutApi(message)} ${mend}`;
}

/** Without the sentences that name a request. */
export const withoutApi = (text: string): string =>
  text
    .split(/(?<=[.:;]) /)
    .filter((part) => !/(POST|PUT) \/|\?\w+=|\{"/.test(part))
    .join(' ')
    .replace(/[;:]$/, '.');
