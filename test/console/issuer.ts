/**
 * An issuer of tokens as OpenID Connect has it, as far as signing in with PKCE needs it: who asks without a challenge, with
 * another verifier or a second time gets nothing. https://www.rfc-editor.org/rfc/rfc7636, section 4.6
 */
import { createHash, randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';

export interface Issuer {
  readonly url: string;
  /** Whoever signs in next may write, may read, or is refused. */
  next: 'writer' | 'reader' | 'nobody';
  /** What it was wrongly asked. */
  readonly wrongs: readonly string[];
  scopeOf(token: string): string | undefined;
  close(): Promise<void>;
}

export async function startIssuer(pages: () => string): Promise<Issuer> {
  const codes = new Map<string, { challenge: string; scope: string }>();
  const tokens = new Map<string, string>();
  const wrongs: string[] = [];
  const server = createServer(async (request, response) => {
    const { pathname, searchParams: asked } = new URL(request.url ?? '/', url);
    response.setHeader('access-control-allow-origin', pages());
    const json = (status: number, body: object) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (pathname === '/.well-known/openid-configuration') {
      json(200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
      });
    } else if (pathname === '/authorize') {
      const back = new URL(asked.get('redirect_uri') ?? '');
      if (back.origin !== pages()) wrongs.push(`redirect to ${back}`);
      if (asked.get('code_challenge_method') !== 'S256') wrongs.push('no challenge');
      back.searchParams.set('state', asked.get('state') ?? '');
      const scope = asked.get('scope') ?? '';
      const mayNot = issuer.next === 'reader' && scope.includes('write');
      if (mayNot) back.searchParams.set('error', 'invalid_scope');
      else if (issuer.next === 'nobody') back.searchParams.set('error', 'access_denied');
      else {
        const code = randomUUID();
        codes.set(code, { challenge: asked.get('code_challenge') ?? '', scope });
        back.searchParams.set('code', code);
      }
      response.writeHead(302, { location: back.href }).end();
    } else if (pathname === '/token' && request.method === 'POST') {
      const form = new URLSearchParams(await text(request));
      const found = codes.get(form.get('code') ?? '');
      codes.delete(form.get('code') ?? '');
      const verifier = form.get('code_verifier') ?? '';
      const challenge = createHash('sha256').update(verifier).digest('base64url');
      if (!found || found.challenge !== challenge) {
        wrongs.push('a code without its verifier');
        json(400, { error: 'invalid_grant' });
        return;
      }
      const token = randomUUID();
      tokens.set(token, found.scope);
      json(200, { access_token: token, token_type: 'Bearer', expires_in: 3_600 });
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  const issuer: Issuer = {
    url,
    next: 'writer',
    wrongs,
    scopeOf: (token) => tokens.get(token),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
  return issuer;
}
