/**
 * Signing in at an issuer of tokens, by the authorisation code with PKCE (RFC 7636, RFC 9700): the page holds no secret, and
 * a code that somebody else sees is worth nothing without the verifier, which never leaves this tab.
 */
const place = 'signing in';

interface Settings {
  readonly issuer: string;
  readonly clientId: string;
  readonly scope: string;
  readonly readScope: string;
}

interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly tokenUrl: string;
  readonly clientId: string;
  /** Where one was. */
  readonly back: string;
  readonly isReadOnly: boolean;
}

/** Undefined where no issuer is named: on a laptop. */
async function settings(): Promise<Settings | undefined> {
  const answer = await fetch('/sign-in.json').catch(() => undefined);
  const isThere = answer?.headers.get('content-type')?.includes('json') ?? false;
  return answer?.ok && isThere ? answer.json() : undefined;
}

export const hasIssuer = async (): Promise<boolean> => (await settings()) !== undefined;

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

const base64url = (bytes: Uint8Array) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');

const here = () => `${location.origin}/`;

/** Leaves for the issuer; false where there is none. */
export async function goToIssuer(isReadOnly = false): Promise<boolean> {
  const found = await settings();
  if (!found) return false;
  const discovery = await fetch(
    `${found.issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
  );
  const { authorization_endpoint: goTo, token_endpoint: tokenUrl } = await discovery.json();
  const verifier = random();
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  const pending: Pending = {
    state: random(),
    verifier,
    tokenUrl,
    clientId: found.clientId,
    back: location.pathname + location.search,
    isReadOnly,
  };
  sessionStorage.setItem(place, JSON.stringify(pending));
  const url = new URL(goTo);
  const query = {
    response_type: 'code',
    client_id: found.clientId,
    redirect_uri: here(),
    scope: isReadOnly ? found.readScope : found.scope,
    state: pending.state,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
  location.assign(url);
  return true;
}

export const isBack = (): boolean =>
  sessionStorage.getItem(place) !== null && /[?&](code|error)=/.test(location.search);

/** The token, and the page is where one was; undefined: the issuer refused, or this is no answer to our question. */
export async function takenBack(): Promise<string | undefined> {
  const pending: Pending = JSON.parse(sessionStorage.getItem(place) ?? '{}');
  sessionStorage.removeItem(place);
  const answer = new URLSearchParams(location.search);
  history.replaceState(null, '', pending.back);
  if (answer.get('state') !== pending.state) return undefined;
  // Who may only read is not given the right to write: asked once more for less.
  if (answer.get('error') === 'invalid_scope' && !pending.isReadOnly) {
    await goToIssuer(true);
    return undefined;
  }
  const code = answer.get('code');
  if (code === null) return undefined;
  const token = await fetch(pending.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      code,
      redirect_uri: here(),
      client_id: pending.clientId,
      code_verifier: pending.verifier,
    }),
  }).catch(() => undefined);
  const { access_token: access } = token?.ok ? await token.json() : {};
  return typeof access === 'string' ? access : undefined;
}
